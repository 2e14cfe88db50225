// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/maintenance.hpp"

#include <cerrno>
#include <chrono>

#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/priority_index.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr int recoveries_before_broken = 8;

// Moves the lane's messages onto their priority lists, in order; all other slots are free.
void list_lane(const BothLocked& locked, const QueueMemory& memory) {
    auto& body = memory.body();
    PriorityIndex index{locked, memory};
    index.begin();
    std::uint32_t slot = memory.checked(body.head);
    std::uint32_t count = 0;
    for (; count < memory.capacity() && memory.slot(slot).is(SlotState::ready); ++count) {
        index.push_back(slot, memory.at_most(memory.slot(slot).priority, priorities - 1));
        slot = memory.after(slot);
    }
    memory.require(slot == memory.checked(body.tail));
    FreeSlots{memory}.begin(locked, slot, memory.capacity() - count);
    HandoffRing{memory}.begin(locked);
}

// Whether `act`, which needs the locks, could be done. A call that is interrupted, or whose handle
// is closed, ends.
template <class Act> bool is_done_in_time(Act act) {
    try {
        act();
        return true;
    } catch (const NotLocked& failure) {
        if (failure.reason == Locked::interrupted || failure.reason == Locked::called_off) {
            throw;
        }
    } catch (const Damage&) { // marked, so that it will be recovered
    }
    return false;
}

} // namespace

void Maintenance::switch_to_index(const WaitOptions& wait_options) const {
    const BothLocksGuard locked{locks_, wait_options};
    if ((memory_.status() & (indexed | needs_recovery)) == 0) {
        memory_.set(needs_recovery); // until the index is whole
        list_lane(locked, memory_);
        memory_.set(indexed);
        memory_.clear(needs_recovery);
    }
}

void Maintenance::switch_to_lane(const WaitOptions& wait_options) const {
    const BothLocksGuard locked{locks_, wait_options};
    auto& body = memory_.body();
    if ((memory_.status() & (indexed | needs_recovery)) == indexed &&
        FreeSlots{memory_}.count() == memory_.capacity()) {
        body.head.store(0, relaxed);
        body.tail.store(0, relaxed);
        body.head_sequence.store(body.next_sequence.load(relaxed), relaxed);
        memory_.clear(indexed);
    }
}

void Maintenance::recover_for_call(const Call& call, const WaitOptions& wait_options,
                                   int& recoveries) {
    if ((memory_.status() & broken) == 0 && ++recoveries > recoveries_before_broken) {
        memory_.set(broken);
    }
    if ((memory_.status() & broken) != 0) {
        throw_corrupt(call, "its memory makes no sense, and does not stay in order once put in "
                            "order; repair() or unlink it");
    }
    open_poll_fifo_if_possible(wait_options);
    recover_if_needed(wait_options, recoveries > 1 ? Scope::everywhere : Scope::where_used);
}

void Maintenance::recover_if_needed(const WaitOptions& wait_options, Scope scope) const {
    const BothLocksGuard locked{locks_, wait_options};
    if ((memory_.status() & needs_recovery) != 0) {
        polling_.distrust(locked);
        robust::recover(locked, memory_, self_, scope);
    }
}

void Maintenance::try_recover() noexcept {
    const Deadline now{do_not_wait};
    is_done_in_time([&] {
        open_poll_fifo_if_possible({now, false});
        recover_if_needed({now, false}, Scope::where_used);
    });
}

bool Maintenance::recover_for_entry() {
    const Deadline soon{1s};
    return is_done_in_time([&] {
        open_poll_fifo_if_possible({soon, false});
        recover_even_if_broken({soon, false});
    });
}

void Maintenance::recover_even_if_broken(const WaitOptions& wait_options) const {
    const BothLocksGuard locked{locks_, wait_options};
    memory_.clear(broken);
    polling_.distrust(locked);
    robust::recover(locked, memory_, self_, Scope::everywhere);
}

bool Maintenance::reap(const Call& call, const WaitOptions& wait_options) {
    try {
        return is_done_in_time([&] { reap(wait_options); });
    } catch (const NotLocked& failure) {
        throw_not_locked(call, failure.reason);
    }
}

bool Maintenance::try_reap() noexcept {
    const Deadline now{do_not_wait};
    return is_done_in_time([&] { reap({now, false}); });
}

void Maintenance::reap(const WaitOptions& wait_options) {
    open_poll_fifo_if_possible(wait_options);
    const BothLocksGuard locked{locks_, wait_options};
    polling_.distrust(locked);
    robust::reap_dead_participants(locked, memory_, self_);
}

void Maintenance::repair(const Call& call) {
    const Deadline never{no_timeout};
    for (;;) {
        try {
            recover_even_if_broken({never});
            return;
        } catch (const Damage&) { // by another process, at this very moment
        } catch (const NotLocked& failure) {
            if (failure.reason == Locked::interrupted) {
                throw_errno(call, EINTR);
            }
            memory_.set(needs_recovery);
            locks_.force_open();
        }
    }
}

void Maintenance::open_poll_fifo(const Call& call, const WaitOptions& wait_options) {
    const BothLocksGuard locked{locks_, wait_options};
    polling_.rejoin(locked, call);
}

void Maintenance::open_poll_fifo_if_possible(const WaitOptions& wait_options) {
    try {
        if ((memory_.status() & pollable) != 0 && !polling_.is_open()) {
            open_poll_fifo({"MessageQueue", name_}, wait_options);
        }
    } catch (const std::exception&) { // a process that can open it, will
    }
}

} // namespace crex::detail::robust
