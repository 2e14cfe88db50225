// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace crash {

/// What a record says: who sent it, and the how manyth of his it is. Each has a length of its own
/// and bytes that nothing else has, so that one which is not whole is known.
struct RecordName {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;

    friend bool operator==(const RecordName&, const RecordName&) = default;
};

inline constexpr std::size_t longest_record = 200;

std::size_t size_of(const RecordName& name);

/// `bytes` are as many as its size.
void write(std::span<std::byte> bytes, const RecordName& name);

/// Nothing, when these are not the bytes of a whole record.
std::optional<RecordName> read(std::span<const std::byte> bytes);

} // namespace crash
