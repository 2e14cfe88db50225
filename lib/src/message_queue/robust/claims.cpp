// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/claims.hpp"

#include <cerrno>
#include <chrono>
#include <memory>

#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "message_queue/robust/robust_queue.hpp"
#include "message_queue/robust/slot_changes.hpp"
#include "message_queue/robust/transfer.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

[[noreturn]] void throw_lost(const Call& call) {
    throw_errno(call, ESTALE, "it is no longer this process's");
}

void require_joined(const RobustQueueCore& core, const Call& call) {
    if (!core.self.joined()) {
        throw_lost(call);
    }
}

// Under a lock. LeaseLostError when the slot is another's: the claim is a parent process's, or this
// process was taken for dead.
void require_held(const Attempts& attempts, const Call& call, const SlotClaim& claim) {
    RobustQueueCore& core = attempts.core();
    const bool is_mine = Control{claim.control}.owner() == core.self.me();
    if (!is_mine || core.memory.slot(claim.slot).load().bits() != claim.control) {
        if (is_mine) {
            core.self.holds_one_less();
        }
        throw_lost(call);
    }
    core.memory.require(attempts.is_indexed());
}

// A slot for a loan; nothing when there is none.
std::optional<SlotClaim> claim_free_slot(Attempts& attempts, std::size_t size) {
    RobustQueueCore& core = attempts.core();
    SendersGuard locked{attempts, Change::neither};
    if (!locked) {
        return std::nullopt;
    }
    FreeSlots free_slots{core.memory};
    const std::uint32_t slot = free_slots.take(locked);
    if (slot != no_slot) {
        return claim_slot(core, slot, SlotState::writing, size, 0);
    }
    if (free_slots.can_fetch()) {
        fetch_and_drain(locked.with_receivers(attempts.wait_options()), core.memory);
    } else {
        attempts.found_nothing();
    }
    return std::nullopt;
}

// The next message, for a lease; nothing when there is none.
std::optional<SlotClaim> claim_message(Attempts& attempts) {
    RobustQueueCore& core = attempts.core();
    const ReceiversGuard locked{attempts, Change::neither};
    if (!locked) {
        return std::nullopt;
    }
    PriorityIndex index{locked, core.memory};
    if (attempts.is_indexed()) {
        index.drain();
    } else if (first_in_lane(locked, core.memory) != nullptr) {
        return std::nullopt; // it must be an index first
    }
    const std::uint32_t number = attempts.is_indexed() ? index.front() : no_slot;
    if (number == no_slot) {
        attempts.found_no_message();
        return std::nullopt;
    }
    const Content content = content_of(core.memory, core.memory.slot(number));
    index.pop_front();
    return claim_slot(core, number, SlotState::leased, content.size, content.priority);
}

// Opened each time: it may have been unlinked, and another made, and this happens seldom. A caller
// that does not wait has a moment for it.
std::unique_ptr<RobustQueue> dead_letters_of(const RobustQueueCore& core, const Call& call,
                                             const Deadline& deadline) {
    const Call its_call{call.function, core.segment.header().dead_letter.data()};
    auto queue = RobustQueue::open(its_call, {}, deadline.within(20ms, 10s));
    if (!queue) {
        throw_errno(its_call, ENOENT);
    }
    return queue;
}

void apply(const ReceiversLocked& locked, const QueueMemory& memory, const SlotClaim& lease,
           LeaseEnd how) {
    auto& body = memory.body();
    switch (how) {
    case LeaseEnd::received:
        return retire_message(locked, memory, lease.slot, body.received);
    case LeaseEnd::dead_lettered:
        return retire_message(locked, memory, lease.slot, body.dead_lettered);
    case LeaseEnd::freed:
        FreeSlots{memory}.give_back(locked, lease.slot);
        return memory.slot(lease.slot).become(Control{});
    case LeaseEnd::given_back:
    case LeaseEnd::given_back_untried:
        break;
    }
    memory.require(lease.priority < priorities);
    PriorityIndex{locked, memory}.put_back(lease.slot, lease.priority);
    body.redelivered.fetch_add(1, relaxed);
    const Control control{lease.control};
    memory.slot(lease.slot)
        .become(Control::ready(how == LeaseEnd::given_back ? control.attempts_after_another()
                                                           : control.attempts()));
}

std::optional<SlotClaim> next_lease(RobustQueueCore& core, const Call& call,
                                    const WaitOptions& wait_options) {
    Attempts attempts{core, call, wait_options, &core.memory.body().not_empty};
    while (attempts.next()) {
        try {
            if (!attempts.is_indexed() && has_message(core.memory)) {
                core.maintenance.switch_to_index(wait_options);
            } else if (auto claim = claim_message(attempts)) {
                attempts.done();
                return claim;
            }
        } catch (...) {
            attempts.failed();
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<SlotClaim> loan(RobustQueueCore& core, const Call& call, std::size_t size,
                              const Deadline& deadline) {
    Attempts attempts{core, call, core.waiting_until(deadline), &core.memory.body().not_full};
    while (attempts.next()) {
        try {
            attempts.refuse_if_shut_down();
            if (attempts.is_indexed()) {
                if (auto claim = claim_free_slot(attempts, size)) {
                    attempts.done();
                    return claim;
                }
            } else if (has_room(core.memory)) {
                core.maintenance.switch_to_index(attempts.wait_options());
            } else {
                attempts.found_nothing();
            }
        } catch (...) {
            attempts.failed();
        }
    }
    return std::nullopt;
}

bool end_loan(RobustQueueCore& core, const Call& call, const SlotClaim& loan,
              const MessageSize* message, const WaitOptions& wait_options) {
    require_joined(core, call);
    Attempts attempts{core, call, wait_options};
    while (attempts.next()) {
        try {
            SendersGuard locked{attempts, message != nullptr ? Change::a_message : Change::room};
            if (!locked) {
                continue;
            }
            require_held(attempts, call, loan);
            if (message != nullptr) {
                attempts.refuse_if_shut_down();
            }
            if (message == nullptr) {
                FreeSlots{core.memory}.put(locked, loan.slot);
                core.memory.slot(loan.slot).become(Control{});
            } else if (HandoffRing{core.memory}.has_room(locked)) {
                make_ready(locked, core.memory, loan.slot, message->size, message->priority);
            } else {
                fetch_and_drain(locked.with_receivers(wait_options), core.memory);
                continue;
            }
        } catch (...) {
            attempts.failed();
            continue;
        }
        core.self.holds_one_less();
        message != nullptr ? core.waits.message_added() : core.waits.message_taken();
        return attempts.done();
    }
    return false;
}

std::optional<SlotClaim> lease(RobustQueueCore& core, const Call& call, const Deadline& deadline) {
    const WaitOptions wait_options = core.waiting_until(deadline);
    for (TimeToMove time{deadline};;) {
        const auto claim = next_lease(core, call, wait_options);
        if (!claim || !is_poison(core, Control{claim->control}) ||
            !moved_to_dead_letters(core, call, *claim, wait_options)) {
            return claim;
        }
        if (!time.is_left()) {
            return std::nullopt;
        }
    }
}

bool end_lease(RobustQueueCore& core, const Call& call, const SlotClaim& lease, LeaseEnd how,
               const WaitOptions& wait_options) {
    require_joined(core, call);
    const bool goes_back = how == LeaseEnd::given_back || how == LeaseEnd::given_back_untried;
    Attempts attempts{core, call, wait_options};
    while (attempts.next()) {
        try {
            const ReceiversGuard locked{attempts, goes_back ? Change::a_message : Change::room};
            if (!locked) {
                continue;
            }
            require_held(attempts, call, lease);
            apply(locked, core.memory, lease, how);
        } catch (...) {
            attempts.failed();
            continue;
        }
        core.self.holds_one_less();
        goes_back ? core.waits.message_added() : core.waits.message_taken();
        return attempts.done();
    }
    return false;
}

bool is_poison(const RobustQueueCore& core, Control control) {
    const unsigned limit = core.segment.header().max_attempts;
    return limit != 0 && control.attempts() >= limit;
}

// A death between the two leaves the message in both queues.
bool moved_to_dead_letters(RobustQueueCore& core, const Call& call, const SlotClaim& lease,
                           const WaitOptions& wait_options) {
    const Deadline at_once{do_not_wait};
    try {
        const auto queue = dead_letters_of(core, call, wait_options.deadline);
        if (lease.bytes.size() > queue->max_message_size() ||
            !queue->send(call, lease.bytes, lease.priority, at_once)) {
            return false; // it is too small, or full
        }
    } catch (const std::exception&) { // it is gone, or broken: the message still is not
        return false;
    }
    end_or_lay_aside(core, lease, [&] {
        return end_lease(core, call, lease, LeaseEnd::dead_lettered, wait_options);
    });
    return true;
}

void lay_aside(RobustQueueCore& core, SlotClaim claim) noexcept {
    const Control before{claim.control};
    const Control now = before.as(SlotState::writing);
    if (before != now && !core.memory.slot(claim.slot).change(before, now)) {
        core.self.holds_one_less(); // it is no longer ours
        return;
    }
    claim.control = now.bits();
    core.laid_aside.add(claim);
}

bool give_back_laid_aside(RobustQueueCore& core) noexcept {
    if (core.laid_aside.is_empty()) [[likely]] {
        return false;
    }
    const Deadline now{do_not_wait};
    const WaitOptions at_once{now, false, &core.gate.is_closing()};
    const Call call{"MessageQueue", core.name};
    bool any = false;
    bool is_locked_out = false; // each would wait for the lock anew
    for (const SlotClaim& each : core.laid_aside.take_all()) {
        if (is_locked_out) {
            lay_aside(core, each);
            continue;
        }
        try {
            is_locked_out = !end_or_lay_aside(
                core, each, [&] { return end_lease(core, call, each, LeaseEnd::freed, at_once); });
            any = any || !is_locked_out;
        } catch (const std::exception&) { // it is no longer ours, or is laid aside again
        }
    }
    return any;
}

} // namespace crex::detail::robust
