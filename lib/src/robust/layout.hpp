// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

// The bytes at the beginning of every robust object: a header, which says what the object is and
// never changes, and the table of participants. lib/LAYOUT.md describes them in words.

namespace crex::detail::robust {

inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::size_t cache_line = 64;

// For words that a lock or a fence puts in order.
inline constexpr auto relaxed = std::memory_order_relaxed;

struct Header {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t byte_order; // 0x01020304 in its maker's byte order
    std::uint32_t kind;
    std::uint32_t participants; // entries in the table
    std::uint64_t size;         // of the whole file
    std::uint64_t capacity;     // what these two count depends on the kind
    std::uint64_t item_size;
    std::uint32_t until_unused; // 1: its name is removed with its last user
    std::uint32_t max_attempts;
    std::array<char, 256> dead_letter; // a name, ended by zeros; empty for none
    std::uint64_t checksum;            // of all before it
};

inline constexpr std::array<char, 8> magic{'c', 'r', 'e', 'x', '\r', '\n', '\x1a', '\0'};
inline constexpr std::uint32_t native_byte_order = 0x01020304;

// The holder or owner of something: an entry of the table, and the generation of its participant
// among those that have had the entry. 30 bits; 0 means none.
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

// One entry of the table. Its participant holds the liveness lock: the kernel's lock on the entry's
// first byte in the file, dropped when the process dies. The lock is taken before `state` says so,
// and dropped after. Only its holder changes `state`, and participants that reap the dead under the
// object's locks.
struct ParticipantEntry {
    std::atomic<std::uint32_t> state;   // generation * 2 + (1 when taken)
    std::atomic<std::uint32_t> holding; // slots it may own: never fewer than it owns
    std::atomic<std::int32_t> pid;
    std::atomic<std::uint64_t> started;    // start of that process, to detect a reused pid
    std::atomic<std::uint64_t> namespaces; // in which these two are valid
};

// 32- and 64-bit processes share these types and those of the objects' bodies, beside which there
// are such assertions, too: each member lies at the same place in both, and no atomic takes a lock.
template <class Number>
inline constexpr bool is_shared_by_all_widths = std::atomic<Number>::is_always_lock_free &&
                                                sizeof(std::atomic<Number>) == sizeof(Number) &&
                                                alignof(std::atomic<Number>) == sizeof(Number);
static_assert(is_shared_by_all_widths<std::uint32_t> && is_shared_by_all_widths<std::int32_t> &&
              is_shared_by_all_widths<std::uint64_t> && is_shared_by_all_widths<std::int64_t>);
static_assert(sizeof(Header) == 320 && offsetof(Header, version) == 8 &&
              offsetof(Header, byte_order) == 12 && offsetof(Header, kind) == 16 &&
              offsetof(Header, participants) == 20 && offsetof(Header, size) == 24 &&
              offsetof(Header, capacity) == 32 && offsetof(Header, item_size) == 40 &&
              offsetof(Header, until_unused) == 48 && offsetof(Header, max_attempts) == 52 &&
              offsetof(Header, dead_letter) == 56 && offsetof(Header, checksum) == 312);
static_assert(sizeof(ParticipantEntry) == 32 && offsetof(ParticipantEntry, holding) == 4 &&
              offsetof(ParticipantEntry, pid) == 8 && offsetof(ParticipantEntry, started) == 16 &&
              offsetof(ParticipantEntry, namespaces) == 24);

inline constexpr std::size_t participants_offset = 4096;
inline constexpr std::size_t participants_default = 512;
inline constexpr std::size_t participants_max = 4096;

// Where to search the table, and which participant checks for deaths. Wrong hints cost time and
// nothing else.
struct TableHints {
    std::atomic<std::uint32_t> used;      // no entry from here on has ever been taken
    std::atomic<std::uint32_t> free_from; // no entry before this one is free
    std::atomic<std::uint32_t> unwatched; // 1: some sleeping participants check seldom
    std::atomic<std::uint32_t> watcher;   // the participant that checks often, for all
    std::atomic<std::int64_t> watched_at; // when it last checked; CLOCK_MONOTONIC, ns
    std::atomic<std::uint32_t> alerts;    // times that a check was requested; monitors sleep on it
};
static_assert(sizeof(TableHints) == 32 && offsetof(TableHints, free_from) == 4 &&
              offsetof(TableHints, unwatched) == 8 && offsetof(TableHints, watcher) == 12 &&
              offsetof(TableHints, watched_at) == 16 && offsetof(TableHints, alerts) == 24);
inline constexpr std::size_t hints_offset = 384;
static_assert(hints_offset >= sizeof(Header) && hints_offset % cache_line == 0);

// Where the object's body begins. The entries beyond the default number follow it.
inline constexpr std::size_t body_offset =
    participants_offset + participants_default * sizeof(ParticipantEntry);

// The lock that each handle without an entry shares while it has the object open: a ring's, and a
// forked child's until its first call. Never locked exclusively, so sharing it succeeds at once.
inline constexpr std::uint64_t presence_byte = 0;

// Shared while an object is opened, locked exclusively while an unused one is removed; see
// lifecycle.hpp.
inline constexpr std::uint64_t lifecycle_byte = 3;

// The byte of an entry in the first part of the table.
constexpr std::uint64_t liveness_byte(std::size_t entry) {
    return participants_offset + entry * sizeof(ParticipantEntry);
}

// The table in a mapped file, both parts of it.
class ParticipantTable {
public:
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
