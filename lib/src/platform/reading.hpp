// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include <unistd.h>

namespace crex::detail {

// Reads `size` bytes from that place of a file. False when there are fewer, or they cannot be read.
inline bool read_at(int fd, void* buffer, std::size_t size, std::uint64_t offset) {
    ssize_t got = 0;
    do {
        got = pread(fd, buffer, size, static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(size);
}

template <class Value> std::optional<Value> read_as(int fd, std::uint64_t offset) {
    static_assert(std::is_trivially_copyable_v<Value>);
    Value value{};
    return read_at(fd, &value, sizeof value, offset) ? std::optional{value} : std::nullopt;
}

} // namespace crex::detail
