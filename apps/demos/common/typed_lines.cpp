// SPDX-License-Identifier: BSL-1.0
#include "common/typed_lines.hpp"

#include <array>
#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include "common/signals.hpp"

namespace demo {

bool TypedLines::read() {
    std::array<char, 4096> text{};
    const ssize_t size = ::read(STDIN_FILENO, text.data(), text.size());
    if (size > 0) {
        pending_.append(text.data(), static_cast<std::size_t>(size));
    }
    return size > 0 || (size < 0 && errno == EINTR);
}

std::optional<std::string> TypedLines::wait() {
    auto line = next();
    for (bool more = true; !line && more; line = next()) {
        std::array<pollfd, 1> input{{{STDIN_FILENO, POLLIN, 0}}};
        wait_for_any(input);
        more = read();
    }
    return line && !line->empty() ? line : std::nullopt;
}

std::optional<std::string> TypedLines::next() {
    const auto end = pending_.find('\n');
    if (end == std::string::npos) {
        return std::nullopt;
    }
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    return line;
}

} // namespace demo
