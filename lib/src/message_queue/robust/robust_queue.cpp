// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/robust_queue.hpp"

#include <algorithm>
#include <cerrno>

#include "platform/fence.hpp"
#include "robust/lifecycle.hpp"

// A handle's life, and what can be asked of the queue.

namespace crex::detail {

using namespace robust;
using namespace std::chrono_literals;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr int recoveries_before_broken = 8;

} // namespace

RobustQueue::RobustQueue(std::string name, Segment segment, const MessageQueueOptions& options)
    : name_{std::move(name)}, segment_{std::move(segment)}, memory_{segment_},
      self_{segment_.fd(), segment_.participants(), segment_.forks_before()},
      poll_fifo_{segment_.fd(), memory_.body().poll_fifo}, ends_{memory_, self_, poll_fifo_},
      eagerness_{options.spin}, link_watch_{segment_, queue_kind, name_, options.while_linked},
      receivers_{segment_.fd()}, notifier_{segment_.fd(), segment_.id()} {
    prepare_fences();
}

// The last user of a queue that goes with it does what `crex gc` does. A name that it may not
// remove stays for the next opener to complain about.
RobustQueue::~RobustQueue() {
    notifier_.end();
    self_.leave();
    if (segment_.header().until_unused != 0 && !self_.locks_for_process()) {
        (void)remove_if_unused(segment_.fd(), Segment::path(queue_kind, name_));
    }
    remove_poll_fifo_if_unused();
    if (self_.locks_for_process()) {
        segment_.leave_open();
    }
}

// All zeros is a lane with nothing in it, but for the sequences, which begin with 1.
void RobustQueue::begin() {
    memory_.body().next_sequence.store(1);
    memory_.body().head_sequence.store(1);
}

void RobustQueue::attach(const Call& call) {
    const Deadline soon{1s};
    const auto entry = robust::attach(call, self_);
    if (entry == Participant::Entry::had) {
        return;
    }
    if (entry == Participant::Entry::taken_from_dead) {
        if (whether_locked([&] {
                open_poll_fifo_if_possible({soon, false});
                ends_.recover({soon, false});
            })) {
            self_.settled_for_dead();
        }
    } else if (holder_died(self_) || is_held_by_dead(memory_.body().senders, self_) ||
               is_held_by_dead(memory_.body().receivers, self_)) {
        reap_dead_now(); // otherwise, a call that misses what they left will
    }
}

void RobustQueue::recover_if_needed(const Call& call, const WaitOptions& wait_options,
                                    int& recoveries) {
    if ((memory_.status() & broken) == 0 && ++recoveries > recoveries_before_broken) {
        memory_.set(broken);
    }
    if ((memory_.status() & broken) != 0) {
        throw_corrupt(call, "its memory makes no sense, and does not stay in order once put in "
                            "order; repair() or unlink it");
    }
    open_poll_fifo_if_possible(wait_options);
    ends_.recover_if_needed(wait_options, recoveries > 1 ? Look::everywhere : Look::where_used);
}

// False when a lock that this needs could not be taken in time.
bool RobustQueue::reap_dead_participants(const Call& call, const WaitOptions& wait_options) {
    try {
        return whether_locked([&] {
            open_poll_fifo_if_possible(wait_options);
            ends_.reap_dead_participants(wait_options);
        });
    } catch (const NotLocked& failure) {
        throw_not_locked(call, failure.reason);
    }
}

// Does not wait, and so is neither interrupted nor called off.
bool RobustQueue::reap_dead_now() noexcept {
    const Deadline now{do_not_wait};
    return whether_locked([&] {
        open_poll_fifo_if_possible({now, false});
        ends_.reap_dead_participants({now, false});
    });
}

RobustQueue::Step RobustQueue::not_locked(const Call& call, Locked reason) {
    if (reason != Locked::too_late) {
        throw_not_locked(call, reason);
    }
    return Step::too_late;
}

// A lock was held for too long. A receiver takes that for an empty queue, and may count on being
// told of what is there: lib/DESIGN.md, "Being told".
bool RobustQueue::give_up(const EventCount* event) const noexcept {
    if (event == &memory_.body().not_empty) {
        memory_.body().emptied.fetch_add(1, relaxed);
    }
    return false;
}

MessageQueueStats RobustQueue::stats() const {
    const auto& body = memory_.body();
    MessageQueueStats stats;
    stats.sent = body.next_sequence.load(relaxed) - 1;
    stats.received = body.received.load(relaxed);
    stats.redelivered = body.redelivered.load(relaxed);
    stats.dead_lettered = body.dead_lettered.load(relaxed);
    stats.recoveries = body.recoveries.load(relaxed);
    stats.quarantined = static_cast<std::size_t>(body.quarantined.load(relaxed));
    stats.participants = self_.count();
    return stats;
}

void RobustQueue::shut_down(const Call& call) {
    complete(call, [&](const Attempt& attempt) {
        bool done = false;
        ends_.with_both(attempt.wait_options, [&] {
            done = memory_.status() == attempt.status;
            if (done) {
                const bool is_polled = (attempt.status & pollable) != 0;
                if (is_polled) {
                    announce(Change::a_message);
                }
                memory_.set(robust::shut_down);
                if (is_polled) {
                    show_level();
                }
            }
        });
        return done ? Step::done : Step::again;
    });
    wake_all(memory_.body().not_empty);
    wake_all(memory_.body().not_full);
}

bool RobustQueue::is_shut_down() const { return (memory_.status() & robust::shut_down) != 0; }

void RobustQueue::repair(const Call& call) {
    enter(call);
    const Deadline never{no_timeout};
    for (;;) {
        try {
            ends_.recover({never});
            return;
        } catch (const Damage&) { // by somebody else, at this very moment
        } catch (const NotLocked& failure) {
            if (failure.reason == Locked::interrupted) {
                throw_errno(call, EINTR);
            }
            memory_.set(needs_recovery);
            ends_.force_open();
        }
    }
}

} // namespace crex::detail
