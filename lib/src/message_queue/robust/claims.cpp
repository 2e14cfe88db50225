// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/claims.hpp"

#include <cerrno>
#include <exception>

#include "message_queue/robust/dead_letters.hpp"
#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "message_queue/robust/slot_changes.hpp"
#include "message_queue/robust/transfer.hpp"

namespace crex::detail::robust {

namespace {

[[noreturn]] void throw_lost(const Call& call) {
    throw_errno(call, ESTALE, "it is no longer this process's");
}

void require_joined(const RobustQueueCore& core, const Call& call) {
    if (!core.self.joined()) {
        throw_lost(call);
    }
}

// Under a lock: whether the claim is still this process's. It is not when it was made before a
// fork, or when this process was taken for dead.
bool is_held(const Attempts& attempts, const SlotClaim& claim) {
    const RobustQueueCore& core = attempts.core();
    if (Control{claim.control}.owner() != core.self.me() ||
        core.memory.slot(claim.slot).load().bits() != claim.control) {
        return false;
    }
    core.memory.require(attempts.is_indexed());
    return true;
}

// What has become of a claim.
enum class End { not_yet, done, lost };

// Closes a call that ends a claim. LeaseLostError when it was lost.
bool is_ended(Attempts& attempts, const Call& call, const SlotClaim& claim, End end,
              Change change) {
    RobustQueueCore& core = attempts.core();
    if (end == End::not_yet) {
        return false;
    }
    if (Control{claim.control}.owner() == core.self.me()) {
        core.self.holds_one_less();
    }
    if (end == End::lost) {
        throw_lost(call);
    }
    change == Change::a_message ? core.waits.message_added() : core.waits.message_taken();
    return attempts.done();
}

// The next message is claimed, if there is one.
void lease_from_index(Attempts& attempts, std::optional<SlotClaim>& lease) {
    RobustQueueCore& core = attempts.core();
    const ReceiversGuard locked{attempts, Change::neither};
    if (!locked) {
        return;
    }
    PriorityIndex index{locked, core.memory};
    const auto front = index.next();
    if (!front) {
        return attempts.found_nothing();
    }
    const Content content = content_of(core.memory, core.memory.slot(front.slot));
    index.pop(front);
    lease = claim_message(locked, core, front.slot, content);
}

// A lane with a message becomes an index.
void prepare_for_lease(Attempts& attempts) {
    RobustQueueCore& core = attempts.core();
    if (!may_receive(core.memory)) {
        const ReceiversGuard locked{attempts, Change::neither};
        if (locked && first_in_lane(locked, core.memory) == nullptr) {
            attempts.found_nothing();
        }
        return;
    }
    core.maintenance.switch_to_index(attempts.wait_options());
}

void lease_next(RobustQueueCore& core, const Call& call, const WaitOptions& wait_options,
                std::optional<SlotClaim>& lease) {
    Attempts attempts{core, call, wait_options, &core.memory.body().not_empty};
    while (!lease && attempts.next()) {
        try {
            if (attempts.is_indexed()) {
                lease_from_index(attempts, lease);
            } else {
                prepare_for_lease(attempts);
            }
        } catch (...) {
            attempts.failed();
        }
    }
    if (lease) {
        attempts.done();
    }
}

// A free slot is claimed, if there is one.
void loan_from_index(Attempts& attempts, std::size_t size, std::optional<SlotClaim>& loan) {
    RobustQueueCore& core = attempts.core();
    SendersGuard locked{attempts, Change::neither};
    if (!locked) {
        return;
    }
    FreeSlots free{core.memory};
    if (const std::uint32_t slot = free.take(locked); slot != no_slot) {
        loan = claim_free_slot(locked, core, slot, size);
    } else if (!free.can_refill()) {
        attempts.found_nothing();
    } else if (const BothLocked* both = locked.with_receivers()) {
        refill_and_drain(*both, core.memory);
    }
}

// Ends the lease. The control word changes last: a death before that leaves a dead participant's
// lease, and a lock that names the dead, whose next holder rebuilds the lists.
void apply(const ReceiversLocked& locked, const QueueMemory& memory, const SlotClaim& lease,
           LeaseEnd how) {
    auto& body = memory.body();
    switch (how) {
    case LeaseEnd::received:
        return retire_message(locked, memory, lease.slot, body.received);
    case LeaseEnd::dead_lettered:
        return retire_message(locked, memory, lease.slot, body.dead_lettered);
    case LeaseEnd::freed:
        return FreeSlots{memory}.free(locked, lease.slot);
    case LeaseEnd::nacked:
    case LeaseEnd::nacked_untried:
        break;
    }
    memory.require(lease.priority < priorities);
    PriorityIndex{locked, memory}.put_back(lease.slot, lease.priority);
    body.redelivered.fetch_add(1, relaxed);
    const Control control{lease.control};
    memory.slot(lease.slot)
        .become(Control::ready(how == LeaseEnd::nacked ? control.attempts_after_another()
                                                       : control.attempts()));
}

} // namespace

std::optional<SlotClaim> loan(RobustQueueCore& core, const Call& call, std::size_t size,
                              const Deadline& deadline) {
    std::optional<SlotClaim> loan;
    const WaitOptions wait_options = core.waiting_until(deadline);
    Attempts attempts{core, call, wait_options, &core.memory.body().not_full};
    while (!loan && attempts.next()) {
        try {
            attempts.refuse_if_shut_down();
            if (attempts.is_indexed()) {
                loan_from_index(attempts, size, loan);
            } else if (may_send(core.memory)) {
                core.maintenance.switch_to_index(attempts.wait_options());
            } else {
                attempts.found_nothing();
            }
        } catch (...) {
            attempts.failed();
        }
    }
    if (loan) {
        attempts.done();
    }
    return loan;
}

bool commit(RobustQueueCore& core, const Call& call, const SlotClaim& loan, std::size_t size,
            unsigned priority, const WaitOptions& wait_options) {
    require_joined(core, call);
    End end = End::not_yet;
    Attempts attempts{core, call, wait_options};
    while (end == End::not_yet && attempts.next()) {
        try {
            attempts.refuse_if_shut_down();
            SendersGuard locked{attempts, Change::a_message};
            if (!locked) {
                continue;
            }
            if (!is_held(attempts, loan)) {
                end = End::lost;
            } else if (HandoffRing{core.memory}.has_room(locked)) {
                make_ready(locked, core.memory, loan.slot, size, priority);
                end = End::done;
            } else if (const BothLocked* both = locked.with_receivers()) {
                refill_and_drain(*both, core.memory);
            }
        } catch (...) {
            attempts.failed();
        }
    }
    return is_ended(attempts, call, loan, end, Change::a_message);
}

bool drop(RobustQueueCore& core, const Call& call, const SlotClaim& loan,
          const WaitOptions& wait_options) {
    require_joined(core, call);
    End end = End::not_yet;
    Attempts attempts{core, call, wait_options};
    while (end == End::not_yet && attempts.next()) {
        try {
            const SendersGuard locked{attempts, Change::room};
            if (!locked) {
                continue;
            }
            end = is_held(attempts, loan) ? End::done : End::lost;
            if (end == End::done) {
                FreeSlots{core.memory}.put(locked, loan.slot);
                core.memory.slot(loan.slot).become(Control{});
            }
        } catch (...) {
            end = End::not_yet;
            attempts.failed();
        }
    }
    return is_ended(attempts, call, loan, end, Change::room);
}

std::optional<SlotClaim> lease(RobustQueueCore& core, const Call& call, const Deadline& deadline) {
    const WaitOptions wait_options = core.waiting_until(deadline);
    std::optional<SlotClaim> lease;
    for (TimeToMove time{deadline};;) {
        lease_next(core, call, wait_options, lease);
        if (!lease || !is_poison(core, Control{lease->control}) ||
            !moved_to_dead_letters(core, call, *lease, wait_options)) {
            return lease;
        }
        lease.reset();
        if (!time.is_left()) {
            return lease;
        }
    }
}

bool end_lease(RobustQueueCore& core, const Call& call, const SlotClaim& lease, LeaseEnd how,
               const WaitOptions& wait_options) {
    require_joined(core, call);
    const bool goes_back = how == LeaseEnd::nacked || how == LeaseEnd::nacked_untried;
    const Change change = goes_back ? Change::a_message : Change::room;
    End end = End::not_yet;
    Attempts attempts{core, call, wait_options};
    while (end == End::not_yet && attempts.next()) {
        try {
            const ReceiversGuard locked{attempts, change};
            if (!locked) {
                continue;
            }
            end = is_held(attempts, lease) ? End::done : End::lost;
            if (end == End::done) {
                apply(locked, core.memory, lease, how);
            }
        } catch (...) {
            end = End::not_yet;
            attempts.failed();
        }
    }
    return is_ended(attempts, call, lease, end, change);
}

void lay_aside(RobustQueueCore& core, SlotClaim claim) noexcept {
    const Control before{claim.control};
    const Control now = before.as(SlotState::writing);
    if (before != now && !core.memory.slot(claim.slot).change(before, now)) {
        core.self.holds_one_less(); // it is no longer this process's
        return;
    }
    claim.control = now.bits();
    core.laid_aside.add(claim);
}

bool free_laid_aside(RobustQueueCore& core) noexcept {
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
        } catch (const std::exception&) { // it is no longer this process's, or is laid aside again
        }
    }
    return any;
}

} // namespace crex::detail::robust
