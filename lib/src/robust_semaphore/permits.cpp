// SPDX-License-Identifier: BSL-1.0
#include "robust_semaphore/permits.hpp"

#include <algorithm>
#include <limits>

namespace crex::detail::robust {
namespace {

std::uint64_t size_for(const Header& header) {
    const bool possible = header.capacity <= 1 && header.item_size == 0 &&
                          header.until_unused == 0 && header.max_attempts == 0 &&
                          header.dead_letter.front() == '\0';
    return possible ? body_offset + sizeof(SemaphoreBody) : 0;
}

std::uint64_t all_held(const Participant& self) {
    std::uint64_t held = 0;
    for (std::size_t entry = 0; entry < self.entries(); ++entry) {
        const Identity holder = self.holder_at(entry);
        held += holder.is_nobody() ? 0 : self.holding(holder);
    }
    return held;
}

} // namespace

const Kind semaphore_kind{2, "crex-sem.", "robust semaphore", size_for};

// Unsigned and capped, since the memory may contain any value.
void Permits::recount() const {
    const std::uint64_t held = all_held(self_);
    const std::uint64_t total = body_.total.load(relaxed);
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    const std::uint64_t value = total > held ? std::min(total - held, most) : 0;
    body_.handed.store(0, relaxed);
    body_.value.store(static_cast<std::uint32_t>(value), after_truth);
    body_.recoveries.fetch_add(1, relaxed);
}

void Permits::hand_over() const {
    if (const std::uint32_t value = body_.value.load(relaxed); value != 0) {
        body_.value.store(value - 1, after_truth);
        body_.handed.store(body_.handed.load(relaxed) + 1, after_truth);
    }
}

Permits::Taken Permits::take_handed() const {
    const std::uint32_t handed = body_.handed.load(relaxed);
    if (handed == 0) {
        return Taken::none;
    }
    self_.hold(mine() + 1);
    body_.handed.store(handed - 1, after_truth);
    return one_of(body_.value.load(relaxed) + handed - 1);
}

void Permits::take_back_handed() const {
    const std::uint32_t handed = body_.handed.load(relaxed);
    body_.handed.store(0, after_truth);
    body_.value.store(body_.value.load(relaxed) + handed, after_truth);
}

Permits::Taken Permits::one_of(std::uint32_t left, std::uint32_t from_dead) const {
    body_.from_dead.store(std::min(from_dead - 1, left), relaxed);
    return Taken::one_from_dead;
}

void Permits::add(std::uint32_t count) const {
    body_.total.store(body_.total.load(relaxed) + count, relaxed);
    body_.value.store(body_.value.load(relaxed) + count, after_truth);
}

// Called before the permits come back, so that their next holder is told. If the reaping
// participant dies as well, they are counted twice, which is better than not at all.
void Permits::note_from_dead(std::uint32_t count) const {
    body_.from_dead.store(body_.from_dead.load(relaxed) + count, after_truth);
}

void Permits::forfeit() const {
    note_from_dead(mine());
    give_back(mine());
}

// One store clears an entry, and what its holder held is free from then on. If a new participant
// has claimed the entry in the meantime, it frees what it found there. Every waiting thread sees a
// death; all but the first find nothing left to do here.
void Permits::reap_dead_participants() const {
    bool any = false;
    for (std::size_t entry = 0; entry < self_.entries(); ++entry) {
        const Identity holder = self_.holder_at(entry);
        if (!holder.is_nobody() && self_.is_dead_by_any_sign(holder)) {
            note_from_dead(self_.holding(holder));
            self_.clear(holder);
            any = true;
        }
    }
    if (any) {
        recount();
    }
}

void Permits::reclaim_inherited() const {
    note_from_dead(mine());
    self_.drop_inherited();
    recount();
}

} // namespace crex::detail::robust
