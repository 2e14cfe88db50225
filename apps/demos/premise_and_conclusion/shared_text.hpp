// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <crex/shared_memory.hpp>

namespace demo {

// A NUL-terminated text at the beginning of shared memory.
//
// Every byte is read and written by itself, atomically. The holder of the semaphore finds the whole
// text of the previous holder. A process that does not hold it may find the beginning of one text
// and the end of another, which is corruption, but not undefined behaviour.
class SharedText {
public:
    explicit SharedText(crex::Mapping mapping);

    // Throws std::length_error when it does not fit.
    void write(const std::string& text);

    // Replaces `text` by the text in memory: up to the NUL, or to the end of the memory if there is
    // none.
    void read(std::string& text) const;

    // Whether the text in memory begins as `text` does; cheap enough to be called all the time. Of
    // four thousand million pairs of digests, one begins alike.
    [[nodiscard]] bool begins_like(const std::string& text) const;

private:
    [[nodiscard]] char at(std::size_t i) const;

    crex::Mapping mapping_;
    std::span<std::byte> bytes_;
};

} // namespace demo
