// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace demo {

// What producers make: a number, a checksum, and bytes that no other number has.

inline constexpr std::size_t smallest_item = 16; // the number and the checksum alone

// Makes `item`, at least `smallest_item` bytes, the one of this number.
void make_item(std::span<std::byte> item, std::uint64_t number);

// Its number; nothing when a byte of it is not as it was made.
std::optional<std::uint64_t> number_of(std::span<const std::byte> item);

} // namespace demo
