// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <crex/shared_memory.hpp>

// The book that all processes of a run keep together, in memory without a name.
//
// Each item has a number, which one producer claims; that one notes the item as sent when it is in
// the buffer, and a consumer notes it as consumed before it takes it out of the buffer for good. So
// whoever is killed leaves at most one item behind that he had not noted, and it can be told
// whether that is a producer's, who had not finished, or one that the buffer has lost.
//
// The parent makes it; processes forked from there on use it. A claim, a note and a count are one
// atomic operation each: a kill finds each done or not done.

namespace demo {

struct Outcome {
    std::uint64_t items = 0; // consumed at least once
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t damaged = 0; // arrived with a wrong checksum
    std::uint64_t held = 0;    // by those who were killed, unfinished

    [[nodiscard]] bool is_fine() const { return lost + duplicated + damaged == 0; }
};

// How much the killed may account for.
struct Allowance {
    std::uint64_t unfinished = 0; // items claimed and not sent
    std::uint64_t taken = 0;      // items received and not noted
    std::uint64_t again = 0;      // items noted and, not being let go of, delivered once more
};

class Ledger {
public:
    explicit Ledger(std::uint64_t items);

    // The next number; nothing when all are claimed.
    std::optional<std::uint64_t> claim();

    void note_sent(std::uint64_t number);

    // `again`: somebody may have had it before, and been killed.
    void note_consumed(std::uint64_t number, bool again);

    // An item that is no longer what it was.
    void note_damaged();

    // The parent's word that all producers have left.
    void end() { head_->ended.store(true); }
    [[nodiscard]] bool has_ended() const { return head_->ended.load(); }

    // How many have been claimed: for showing how far it is.
    [[nodiscard]] std::uint64_t claimed() const;

    // When all processes have ended.
    [[nodiscard]] Outcome account(const Allowance& allowance) const;

private:
    // On a cache line each, since they are for different processes.
    struct Head {
        alignas(64) std::atomic<std::uint64_t> next{0};
        alignas(64) std::atomic<std::uint64_t> duplicated{0};
        std::atomic<std::uint64_t> again{0};
        std::atomic<std::uint64_t> damaged{0};
        alignas(64) std::atomic<bool> ended{false};
    };
    using Note = std::atomic<std::uint8_t>;
    static_assert(Note::is_always_lock_free);

    std::uint64_t items_;
    crex::Mapping mapping_;
    Head* head_;
    std::span<Note> sent_;
    std::span<Note> consumed_;
};

} // namespace demo
