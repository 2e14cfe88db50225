// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace demo {

// What producers make: a number, a checksum, and bytes that differ for each number.

inline constexpr std::size_t smallest_item = 16; // the number and the checksum alone

// Fills `item`, at least `smallest_item` bytes, with the item of this number.
void make_item(std::span<std::byte> item, std::uint64_t number);

// The item's number; nothing when a byte of the item has changed.
std::optional<std::uint64_t> number_of(std::span<const std::byte> item);

} // namespace demo
