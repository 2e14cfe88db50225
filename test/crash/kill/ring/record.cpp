// SPDX-License-Identifier: BSL-1.0
#include "record.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace crash {

namespace {

std::byte byte_at(const RecordName& name, std::size_t place) {
    std::uint64_t mixed = (name.number * 0x9e37'79b9'7f4a'7c15) ^ (name.sender << 17) ^ place;
    mixed = (mixed ^ mixed >> 29) * 0xbf58'476d'1ce4'e5b9;
    return static_cast<std::byte>(mixed >> 56 | 1); // never the value of unused memory
}

std::array<std::byte, longest_record> bytes_of(const RecordName& name) {
    std::array<std::byte, longest_record> bytes{};
    std::memcpy(bytes.data(), &name, sizeof name);
    for (std::size_t i = sizeof name; i < size_of(name); ++i) {
        bytes[i] = byte_at(name, i);
    }
    return bytes;
}

} // namespace

std::size_t size_of(const RecordName& name) {
    constexpr std::size_t shortest = sizeof(RecordName) + 8;
    return shortest + (name.number * 37 + name.sender) % (longest_record - shortest);
}

void write(std::span<std::byte> bytes, const RecordName& name) {
    const auto whole = bytes_of(name);
    std::copy_n(whole.begin(), bytes.size(), bytes.begin());
}

std::optional<RecordName> read(std::span<const std::byte> bytes) {
    RecordName name;
    if (bytes.size() < sizeof name) {
        return std::nullopt;
    }
    std::memcpy(&name, bytes.data(), sizeof name);
    const auto whole = bytes_of(name);
    const bool is_whole =
        bytes.size() == size_of(name) && std::equal(bytes.begin(), bytes.end(), whole.begin());
    return is_whole ? std::optional{name} : std::nullopt;
}

} // namespace crash
