// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <crex/shared_memory.hpp>

// The accounts of a run, which all its processes keep together, in memory without a name.
//
// Each item has a number, which one producer claims. The producer notes the item as sent when it is
// in the buffer. A consumer notes it as consumed before it finally removes it from the buffer. So a
// killed process leaves at most one item that it has not noted, and the ledger can tell whether
// that item belongs to a producer that had not finished, or was lost by the buffer.
//
// The parent makes the ledger; processes forked from then on use it. A claim, a note and a count
// are one atomic operation each: a kill finds each done or not done.

namespace demo {

struct Outcome {
    std::uint64_t items = 0; // consumed at least once
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t damaged = 0; // arrived with a wrong checksum
    std::uint64_t held = 0;    // by killed processes, unfinished

    [[nodiscard]] bool is_fine() const { return lost + duplicated + damaged == 0; }
};

// How much the killed processes may account for.
struct Allowance {
    std::uint64_t unfinished = 0; // items claimed and not sent
    std::uint64_t taken = 0;      // items received and not noted
    std::uint64_t again = 0;      // items noted, but not removed, and so delivered once more
};

class Ledger {
public:
    explicit Ledger(std::uint64_t items);

    // The next number; nothing when all are claimed.
    std::optional<std::uint64_t> claim();

    void note_sent(std::uint64_t number);

    // `again`: a killed process may have had the item before.
    void note_consumed(std::uint64_t number, bool again);

    // Notes an item whose bytes have changed.
    void note_damaged();

    // The parent calls this when all producers have left.
    void end() { head_->ended.store(true); }
    [[nodiscard]] bool has_ended() const { return head_->ended.load(); }

    // How many have been claimed, to show the progress.
    [[nodiscard]] std::uint64_t claimed() const;

    // To be called when all processes have ended.
    [[nodiscard]] Outcome account(const Allowance& allowance) const;

private:
    // On a cache line each, since different processes use them.
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
