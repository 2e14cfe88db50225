// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

// The bytes that every robust object begins with: a header that says what it is and never changes,
// and the table of those who take part. lib/LAYOUT.md is the same in words.

namespace crex::detail::robust {

inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::size_t cache_line = 64;

struct Header {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t byte_order; // 0x01020304 as its maker has it
    std::uint32_t kind;
    std::uint32_t participants; // entries in the table
    std::uint64_t size;         // of the whole file
    std::uint64_t capacity;     // what these two count depends on the kind
    std::uint64_t item_size;
    std::uint32_t until_unused; // 1: its name goes with its last user
    std::uint32_t max_attempts;
    std::array<char, 256> dead_letter; // a name, ended by zeros; empty for none
    std::uint64_t checksum;            // of all before it
};

inline constexpr std::array<char, 8> magic{'c', 'r', 'e', 'x', '\r', '\n', '\x1a', '\0'};
inline constexpr std::uint32_t native_byte_order = 0x01020304;

// Who holds or owns something: an entry of the table, and which of those that have had it one
// after the other. 30 bits; 0 is nobody.
class Identity {
public:
    static constexpr unsigned generation_bits = 17;
    static constexpr std::uint32_t generation_mask = (1U << generation_bits) - 1;
    static constexpr std::uint32_t mask = (1U << 30) - 1;

    constexpr Identity() = default;
    constexpr explicit Identity(std::uint32_t bits) : bits_{bits & mask} {}
    constexpr Identity(std::uint32_t entry, std::uint32_t generation)
        : bits_{(entry + 1) | (generation & generation_mask) << index_bits} {}

    [[nodiscard]] constexpr bool is_nobody() const { return (bits_ & index_mask) == 0; }
    [[nodiscard]] constexpr std::uint32_t entry() const { return (bits_ & index_mask) - 1; }
    [[nodiscard]] constexpr std::uint32_t generation() const { return bits_ >> index_bits; }
    [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }

    friend constexpr bool operator==(Identity, Identity) = default;

private:
    static constexpr unsigned index_bits = 13;
    static constexpr std::uint32_t index_mask = (1U << index_bits) - 1;

    std::uint32_t bits_ = 0;
};

// One entry of the table. its participant holds the kernel's lock on the entry's first byte in
// the file, which the kernel drops when that process dies: the liveness lock. It is taken before
// `state` says so, and dropped after. `state` is only changed by whoever holds the byte, or reaps
// the dead under the object's locks.
struct ParticipantEntry {
    std::atomic<std::uint32_t> state;   // generation * 2 + (1 when taken)
    std::atomic<std::uint32_t> holding; // slots it may own: never less than it does
    std::atomic<std::int32_t> pid;
    std::atomic<std::uint64_t> started;    // when that process was, to tell a reused pid
    std::atomic<std::uint64_t> namespaces; // in which the two mean something
};

// What 32- and 64-bit processes share lies where it lies for both, and takes no lock.
static_assert(sizeof(Header) == 320 && offsetof(Header, size) == 24 &&
              offsetof(Header, checksum) == 312);
static_assert(sizeof(ParticipantEntry) == 32 && offsetof(ParticipantEntry, started) == 16);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              sizeof(std::atomic<std::uint64_t>) == 8 && alignof(std::atomic<std::uint64_t>) == 8);

inline constexpr std::size_t participants_offset = 4096;
inline constexpr std::size_t participants_default = 512;
inline constexpr std::size_t participants_max = 4096;

// Where to look in the table, and whether somebody does. Wrong hints cost time and nothing else.
struct TableHints {
    std::atomic<std::uint32_t> used;      // no entry from here on has ever been taken
    std::atomic<std::uint32_t> free_from; // and none before this one is free
    std::atomic<std::uint32_t> unwatched; // 1: some who sleep look around seldom
    std::atomic<std::uint32_t> watcher;   // who looks often, so that the others need not
    std::atomic<std::int64_t> watched_at; // and when that one did last; CLOCK_MONOTONIC, ns
    std::atomic<std::uint32_t> calls;     // times that one was to look; monitors sleep on it
};
static_assert(sizeof(TableHints) == 32 && offsetof(TableHints, watched_at) == 16);
inline constexpr std::size_t hints_offset = 384;
static_assert(hints_offset >= sizeof(Header) && hints_offset % cache_line == 0);

// Where what is special to the kind begins. Entries beyond the default number lie behind all that.
inline constexpr std::size_t body_offset =
    participants_offset + participants_default * sizeof(ParticipantEntry);

// Shared by every handle that has the object open without an entry: a ring's, and a forked child's
// until its first call. Never locked exclusively, so sharing it succeeds at once.
inline constexpr std::uint64_t presence_byte = 0;

// Shared while an object is opened, locked alone while an unused one is removed; lifecycle.hpp.
inline constexpr std::uint64_t lifecycle_byte = 3;

// The byte of an entry that lies in the first part.
constexpr std::uint64_t liveness_byte(std::size_t entry) {
    return participants_offset + entry * sizeof(ParticipantEntry);
}

// The table in a mapped file, both parts of it.
class ParticipantTable {
public:
    // One of the default size.
    ParticipantTable(ParticipantEntry* first) // NOLINT(google-explicit-constructor)
        : ParticipantTable{first, participants_default, nullptr, 0} {}
    ParticipantTable(ParticipantEntry* first, std::size_t size, ParticipantEntry* rest,
                     std::uint64_t rest_offset)
        : first_{first}, rest_{rest}, rest_offset_{rest_offset}, size_{size} {}

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] TableHints& hints() const {
        auto* const file = reinterpret_cast<std::byte*>(first_) - participants_offset;
        return *std::launder(reinterpret_cast<TableHints*>(file + hints_offset));
    }

    [[nodiscard]] ParticipantEntry& operator[](std::size_t entry) const {
        return entry < participants_default ? first_[entry] : rest_[entry - participants_default];
    }
    [[nodiscard]] std::uint64_t byte_of(std::size_t entry) const {
        return entry < participants_default
                   ? liveness_byte(entry)
                   : rest_offset_ + (entry - participants_default) * sizeof(ParticipantEntry);
    }

private:
    ParticipantEntry* first_;
    ParticipantEntry* rest_;
    std::uint64_t rest_offset_;
    std::size_t size_;
};

} // namespace crex::detail::robust
