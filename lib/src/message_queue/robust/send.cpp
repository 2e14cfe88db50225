// SPDX-License-Identifier: BSL-1.0
#include <cstring>

#include "message_queue/robust/claims.hpp"
#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/slot_changes.hpp"
#include "message_queue/robust/transfer.hpp"

namespace crex::detail::robust {
namespace {

// The usual case without detours: a queue in order, with room at hand, whose end is free. False,
// and nothing done, in any other: so the status is looked at before the lock is touched.
bool send_at_once(RobustQueueCore& core, std::span<const std::byte> body, unsigned priority) try {
    const QueueMemory& memory = core.memory;
    const std::uint32_t status = memory.status();
    if (body.size() > copied_under_lock || (status & ~indexed) != 0) {
        return false;
    }
    {
        const SendersGuard locked{core, status};
        if (!locked || !(status == 0 ? add_to_lane(locked, memory, body, priority) == Added::yes
                                     : !is_worth_a_lane(memory) &&
                                           put_into_index(locked, memory, body, priority))) {
            return false;
        }
    }
    core.waits.message_added();
    return true;
} catch (const Damage&) {
    return false;
}

// How many of the first bodies are to be copied under one lock.
std::size_t copied_at_once(Bodies bodies) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < bodies.size(); ++count) {
        bytes += bodies[count].size();
        if (bytes > copied_under_lock) {
            break;
        }
    }
    return count;
}

// Both add what fits, and return how many messages that is.

std::size_t add_to_lane(Attempts& attempts, Bodies bodies, unsigned priority) {
    const QueueMemory& memory = attempts.core().memory;
    std::size_t count = 0;
    Added added = Added::yes;
    {
        const SendersGuard locked{attempts, Change::a_message};
        if (!locked) {
            return 0;
        }
        while (count < bodies.size() && added == Added::yes) {
            added = add_to_lane(locked, memory, bodies[count], priority);
            count += added == Added::yes ? 1 : 0;
        }
    }
    if (count == 0 && added == Added::full) {
        attempts.found_nothing();
    } else if (count == 0) {
        attempts.core().maintenance.switch_to_index(attempts.wait_options());
    }
    return count;
}

std::size_t add_to_index(Attempts& attempts, Bodies bodies, unsigned priority) {
    RobustQueueCore& core = attempts.core();
    if (is_worth_a_lane(core.memory) && free_slots(core.memory) == core.memory.capacity()) {
        core.maintenance.switch_to_lane(attempts.wait_options());
        return 0;
    }
    SendersGuard locked{attempts, Change::a_message};
    if (!locked) {
        return 0;
    }
    std::size_t count = 0;
    while (count < bodies.size() && put_into_index(locked, core.memory, bodies[count], priority)) {
        ++count;
    }
    if (count == 0) { // this end has no free slot, or no room in the hand-off ring
        const FreeSlots free_slots{core.memory};
        if (free_slots.is_empty(locked) && !free_slots.can_fetch()) {
            attempts.found_nothing();
        } else {
            fetch_and_drain(locked.with_receivers(attempts.wait_options()), core.memory);
        }
    }
    return count;
}

// Sends some of the bodies, at least the first. 0 when the deadline passed first.
std::size_t send_some(RobustQueueCore& core, const Call& call, Bodies bodies, unsigned priority,
                      const Deadline& deadline) {
    Attempts attempts{core, call, core.waiting_until(deadline), &core.memory.body().not_full};
    while (attempts.next()) {
        try {
            attempts.refuse_if_shut_down();
            const std::size_t count = attempts.is_indexed()
                                          ? add_to_index(attempts, bodies, priority)
                                          : add_to_lane(attempts, bodies, priority);
            if (count != 0) {
                attempts.done();
                core.waits.message_added();
                return count;
            }
        } catch (...) {
            attempts.failed();
        }
    }
    return 0;
}

bool send_large(RobustQueueCore& core, const Call& call, std::span<const std::byte> body,
                unsigned priority, const Deadline& deadline) {
    const auto room = loan(core, call, body.size(), deadline);
    if (!room) {
        return false;
    }
    std::memcpy(room->bytes.data(), body.data(), body.size());
    const MessageSize message{body.size(), priority};
    return end_or_lay_aside(core, *room, [&] {
        return end_loan(core, call, *room, &message, core.waiting_until(deadline));
    });
}

} // namespace

bool send(RobustQueueCore& core, const Call& call, std::span<const std::byte> body,
          unsigned priority, const Deadline& deadline) {
    core.ensure_joined(call);
    return send_at_once(core, body, priority) ||
           send_many(core, call, {&body, 1}, priority, deadline) == 1;
}

std::size_t send_many(RobustQueueCore& core, const Call& call, Bodies bodies, unsigned priority,
                      const Deadline& deadline) {
    std::size_t sent = 0;
    try {
        while (sent < bodies.size()) {
            const Bodies left = bodies.subspan(sent);
            const std::size_t small = copied_at_once(left);
            const std::size_t count =
                small != 0 ? send_some(core, call, left.first(small), priority, deadline)
                           : send_large(core, call, left.front(), priority, deadline);
            if (count == 0) {
                break;
            }
            sent += count;
        }
    } catch (...) {
        if (sent == 0) {
            throw;
        }
    }
    return sent;
}

} // namespace crex::detail::robust
