// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace crash {

/// The identity of a record: its sender and its number among that sender's records. Each record has
/// a length of its own and bytes that no other has, so that a record that is not whole is
/// recognised.
struct RecordName {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;

    friend bool operator==(const RecordName&, const RecordName&) = default;
};

inline constexpr std::size_t longest_record = 200;

std::size_t size_of(const RecordName& name);

/// `bytes` must have the record's size.
void write(std::span<std::byte> bytes, const RecordName& name);

/// Returns nothing when these are not the bytes of a whole record.
std::optional<RecordName> read(std::span<const std::byte> bytes);

} // namespace crash
