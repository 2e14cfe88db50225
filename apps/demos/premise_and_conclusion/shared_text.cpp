// SPDX-License-Identifier: BSL-1.0
#include "premise_and_conclusion/shared_text.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

namespace demo {

SharedText::SharedText(crex::Mapping mapping)
    : mapping_{std::move(mapping)}, bytes_{mapping_.bytes()} {}

void SharedText::write(const std::string& text) {
    if (text.size() >= bytes_.size()) {
        throw std::length_error{"the shared memory has " + std::to_string(bytes_.size()) +
                                " bytes, too few for \"" + text + "\""};
    }
    for (std::size_t i = 0; i <= text.size(); ++i) { // the NUL too
        std::atomic_ref{bytes_[i]}.store(static_cast<std::byte>(text.c_str()[i]),
                                         std::memory_order_relaxed);
    }
}

void SharedText::read(std::string& text) const {
    text.clear();
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        const char c = at(i);
        if (c == '\0') {
            return;
        }
        text.push_back(c);
    }
}

bool SharedText::begins_like(const std::string& text) const {
    const auto some = std::min<std::size_t>({8, text.size() + 1, bytes_.size()});
    for (std::size_t i = 0; i < some; ++i) {
        if (at(i) != text.c_str()[i]) {
            return false;
        }
    }
    return true;
}

char SharedText::at(std::size_t i) const {
    return static_cast<char>(std::atomic_ref{bytes_[i]}.load(std::memory_order_relaxed));
}

} // namespace demo
