// SPDX-License-Identifier: BSL-1.0
#include "io/streams.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <poll.h>
#include <unistd.h>

#include "failure.hpp"
#include "process/signals.hpp"

namespace cli {
namespace {

constexpr std::size_t piece = std::size_t{1} << 18;

[[noreturn]] void fail(const char* stream) {
    throw Failure{io_error,
                  std::string{stream}.append(": ").append(std::generic_category().message(errno))};
}

// Waits for a descriptor that does not block, for instance another process's terminal.
bool waited_for(int fd, short events) {
    pollfd it{fd, events, 0};
    return errno == EINTR || (errno == EAGAIN && (::poll(&it, 1, -1) >= 0 || errno == EINTR));
}

} // namespace

std::size_t read_some(std::span<std::byte> room) {
    for (;;) {
        const ssize_t count = ::read(STDIN_FILENO, room.data(), room.size());
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (!waited_for(STDIN_FILENO, POLLIN)) {
            fail("standard input");
        }
    }
}

std::string read_all(std::size_t at_most) {
    std::string text;
    for (std::size_t size = 0;; text.resize(size)) {
        text.resize(size + piece);
        const std::size_t more = read_some(std::as_writable_bytes(std::span{text}).subspan(size));
        size += more;
        if (size > at_most) {
            throw Failure{bad_data, "standard input has more than " + std::to_string(at_most) +
                                        " bytes, the most that a message may have"};
        }
        if (more == 0) {
            text.resize(size);
            return text;
        }
    }
}

void write_all(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (count >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno == EPIPE) { // if SIGPIPE is blocked
            die_of(SIGPIPE);
        } else if (!waited_for(STDOUT_FILENO, POLLOUT)) {
            fail("standard output");
        }
    }
}

Records::Records(char delimiter, std::size_t longest)
    : delimiter_{delimiter}, longest_{longest}, buffer_(piece) {}

const std::vector<std::string_view>& Records::next() {
    records_.clear();
    while (records_.empty() && !at_end_) {
        keep_rest();
        const std::size_t from = end_;
        end_ += read_some(std::as_writable_bytes(std::span{buffer_}).subspan(end_));
        at_end_ = end_ == from;
        cut(from);
    }
    return records_;
}

// Moves the rest to the front, and makes room behind it.
void Records::keep_rest() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) {
        buffer_.resize(2 * buffer_.size());
    }
}

void Records::cut(std::size_t from) {
    const char* const data = buffer_.data();
    while (const void* const found = std::memchr(data + from, delimiter_, end_ - from)) {
        const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - data);
        records_.emplace_back(data + begin_, at - begin_);
        from = begin_ = at + 1;
    }
    const bool is_too_long = records_.empty() && end_ - begin_ > longest_;
    if ((at_end_ && begin_ != end_) || is_too_long) {
        records_.emplace_back(data + begin_, end_ - begin_);
    }
}

void Output::flush() {
    write_all(std::as_bytes(std::span{text_}));
    text_.clear();
}

} // namespace cli
