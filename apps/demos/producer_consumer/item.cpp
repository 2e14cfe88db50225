// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/item.hpp"

#include <algorithm>
#include <cstring>

namespace demo {
namespace {

constexpr std::size_t word = sizeof(std::uint64_t);

std::uint64_t word_at(std::span<const std::byte> bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), std::min(word, bytes.size()));
    return value;
}

void put(std::span<std::byte> bytes, std::uint64_t value) {
    std::memcpy(bytes.data(), &value, std::min(word, bytes.size()));
}

// FNV-1a, but of whole words. Each step can be undone, so every single wrong word changes the
// result.
std::uint64_t mixed(std::uint64_t sum, std::uint64_t value) {
    return (sum ^ value) * 0x100000001b3U;
}

std::uint64_t checksum(std::uint64_t number, std::span<const std::byte> pattern) {
    std::uint64_t sum = mixed(0xcbf29ce484222325U, number);
    for (; !pattern.empty(); pattern = pattern.subspan(std::min(word, pattern.size()))) {
        sum = mixed(sum, word_at(pattern));
    }
    return sum;
}

void fill(std::span<std::byte> pattern, std::uint64_t number) {
    std::uint64_t value = number;
    for (; !pattern.empty(); pattern = pattern.subspan(std::min(word, pattern.size()))) {
        value = value * 6364136223846793005U + 1442695040888963407U;
        put(pattern, value);
    }
}

} // namespace

void make_item(std::span<std::byte> item, std::uint64_t number) {
    const auto pattern = item.subspan(smallest_item);
    fill(pattern, number);
    put(item, number);
    put(item.subspan(word), checksum(number, pattern));
}

std::optional<std::uint64_t> number_of(std::span<const std::byte> item) {
    if (item.size() < smallest_item) {
        return std::nullopt;
    }
    const std::uint64_t number = word_at(item);
    if (word_at(item.subspan(word)) != checksum(number, item.subspan(smallest_item))) {
        return std::nullopt;
    }
    return number;
}

} // namespace demo
