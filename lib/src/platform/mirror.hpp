// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace crex::detail {

// A range of a file mapped twice, one copy directly behind the other. Data that run over the end of
// the first copy go on, in the second, at the beginning of the range. So all data in the range are
// contiguous in memory, wherever they begin.
class Mirror {
public:
    // `offset` and `length` must be whole pages. Nothing, with errno set, when the system refuses.
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
    std::size_t length_; // of the range
};

} // namespace crex::detail
