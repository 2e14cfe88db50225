// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crex::detail::postgres {

// The number of a sender, as a uuid.
using Uuid = std::array<std::byte, 16>;

// The arguments of a function at the server, in PostgreSQL's binary form. Their types must be
// exactly those of the function.
class Arguments {
public:
    template <class... Values> explicit Arguments(const Values&... values) { (add(values), ...); }

    [[nodiscard]] int count() const { return static_cast<int>(lengths_.size()); }
    [[nodiscard]] std::vector<const char*> values() const {
        std::vector<const char*> result;
        const char* next = bytes_.data();
        for (const int length : lengths_) {
            result.push_back(next);
            next += length;
        }
        return result;
    }
    [[nodiscard]] const int* lengths() const { return lengths_.data(); }
    [[nodiscard]] std::vector<int> formats() const { return std::vector<int>(lengths_.size(), 1); }

private:
    void add(std::int64_t value) {
        put(static_cast<std::uint64_t>(value), 8);
        lengths_.push_back(8);
    }
    void add(std::int32_t value) {
        put(static_cast<std::uint32_t>(value), 4);
        lengths_.push_back(4);
    }
    void add(bool value) {
        put(value ? 1 : 0, 1);
        lengths_.push_back(1);
    }
    void add(char value) { // the type "char"
        put(static_cast<unsigned char>(value), 1);
        lengths_.push_back(1);
    }
    void add(std::string_view text) { add_bytes(std::as_bytes(std::span{text})); }
    void add(const std::string& text) { add(std::string_view{text}); }
    void add(const Uuid& uuid) { add_bytes(uuid); }

    // bytea[]
    void add(std::span<const std::span<const std::byte>> bodies) {
        constexpr std::uint32_t type_bytea = 17;
        const std::size_t before = bytes_.size();
        put(1, 4); // dimensions
        put(0, 4); // no nulls
        put(type_bytea, 4);
        put(bodies.size(), 4);
        put(1, 4); // the first index
        for (const auto body : bodies) {
            put(body.size(), 4);
            append(body);
        }
        lengths_.push_back(static_cast<int>(bytes_.size() - before));
    }

    void add_bytes(std::span<const std::byte> bytes) {
        append(bytes);
        lengths_.push_back(static_cast<int>(bytes.size()));
    }
    void append(std::span<const std::byte> bytes) {
        bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void put(std::uint64_t value, unsigned size) {
        for (unsigned i = size; i-- != 0;) {
            bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
        }
    }

    std::string bytes_;
    std::vector<int> lengths_;
};

} // namespace crex::detail::postgres
