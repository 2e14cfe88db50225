// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/ledger.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "producer_consumer/unnamed.hpp"

namespace demo {

Ledger::Ledger(std::uint64_t items)
    : items_{items}, mapping_{unnamed_memory(sizeof(Head) + 2 * items)} {
    std::byte* const memory = mapping_.bytes().data();
    head_ = new (memory) Head;
    auto* const notes = reinterpret_cast<Note*>(memory + sizeof(Head));
    std::uninitialized_value_construct_n(notes, 2 * items);
    sent_ = {notes, items};
    consumed_ = {notes + items, items};
}

std::optional<std::uint64_t> Ledger::claim() {
    const std::uint64_t number = head_->next.fetch_add(1, std::memory_order_relaxed);
    return number < items_ ? std::optional{number} : std::nullopt;
}

void Ledger::note_sent(std::uint64_t number) { sent_[number].store(1, std::memory_order_relaxed); }

void Ledger::note_consumed(std::uint64_t number, bool again) {
    if (number >= items_) {
        note_damaged();
    } else if (consumed_[number].exchange(1, std::memory_order_relaxed) != 0) {
        (again ? head_->again : head_->duplicated).fetch_add(1, std::memory_order_relaxed);
    }
}

void Ledger::note_damaged() { head_->damaged.fetch_add(1, std::memory_order_relaxed); }

std::uint64_t Ledger::claimed() const {
    return std::min(items_, head_->next.load(std::memory_order_relaxed));
}

Outcome Ledger::account(const Allowance& allowance) const {
    Outcome outcome;
    std::uint64_t unfinished = 0; // neither sent nor consumed
    std::uint64_t missing = 0;    // sent, but not consumed
    for (std::uint64_t number = 0; number < items_; ++number) {
        if (consumed_[number].load() != 0) {
            ++outcome.items;
        } else {
            ++(sent_[number].load() != 0 ? missing : unfinished);
        }
    }
    outcome.held = std::min(unfinished, allowance.unfinished) + std::min(missing, allowance.taken);
    outcome.lost = unfinished + missing - outcome.held;
    const std::uint64_t again = head_->again.load();
    outcome.duplicated = head_->duplicated.load() + again - std::min(again, allowance.again);
    outcome.damaged = head_->damaged.load();
    return outcome;
}

} // namespace demo
