// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace crex::detail {

// A stretch of a file mapped twice, one copy right behind the other: what runs over the end of the
// first goes on, in the second, at the stretch's beginning. So whatever lies in it, wherever it
// begins, can be reached without a seam.
class Mirror {
public:
    // Offset and length are whole pages. Nothing when the system refuses, with errno set.
    static std::optional<Mirror> of(int fd, std::uint64_t offset, std::size_t length);

    Mirror(Mirror&& other) noexcept
        : address_{std::exchange(other.address_, nullptr)}, length_{other.length_} {}
    Mirror& operator=(Mirror&&) = delete;
    Mirror(const Mirror&) = delete;
    Mirror& operator=(const Mirror&) = delete;
    ~Mirror();

    [[nodiscard]] std::byte* data() const { return address_; }

private:
    Mirror(std::byte* address, std::size_t length) : address_{address}, length_{length} {}

    std::byte* address_;
    std::size_t length_; // of the stretch
};

} // namespace crex::detail
