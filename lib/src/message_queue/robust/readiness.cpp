// SPDX-License-Identifier: BSL-1.0
#include <cerrno>

#include "message_queue/robust/robust_queue.hpp"

// What poll(2) sees: see poll_fifo.hpp. Nobody pays for it unless somebody has asked.

namespace crex::detail {

using namespace robust;

int RobustQueue::ready_fd(const Call& call) {
    with_poll_fifo(call, waiting_for_ever(), [&](bool is_polled) { show_from_now_on(is_polled); });
    return poll_fifo_.fd();
}

bool RobustQueue::make_pollable(const Call& call, const Deadline& deadline) {
    return with_poll_fifo(call, waiting_until(deadline),
                          [&](bool is_polled) { show_from_now_on(is_polled); });
}

int RobustQueue::silent_fd(const Call& call) {
    with_poll_fifo(call, waiting_for_ever(), [](bool) {});
    return poll_fifo_.fd();
}

// A death after the first step leaves a polled queue whose lock names somebody dead: whoever takes
// that over makes it ring. In another order it would leave a FIFO of which nobody knows that others
// have it open.
void RobustQueue::show_from_now_on(bool is_polled) {
    if (!is_polled) {
        memory_.set(pollable);
        poll_fifo_.forget();
        wake_all(memory_.body().not_empty); // those who wait have to say so from now on
    }
    show_level();
}

// Runs `body` under both locks, with the FIFO open, once the queue is in order. False when that
// could not be had in time.
template <class Body>
bool RobustQueue::with_poll_fifo(const Call& call, const WaitOptions& wait_options, Body body) {
    return persist(call, wait_options, nullptr, [&](const Attempt& attempt) {
        bool settled = false;
        ends_.with_both(attempt.wait_options, [&] {
            settled = memory_.status() == attempt.status;
            if (settled) {
                open_or_make_poll_fifo(call);
                body((attempt.status & pollable) != 0);
            }
        });
        return settled ? Step::done : Step::again;
    });
}

// Under both locks. A new one is silent, which is noted first: if that is noted and there is none,
// its maker has died.
void RobustQueue::open_or_make_poll_fifo(const Call& call) {
    const std::lock_guard lock{opening_poll_fifo_}; // last: it has no deadline
    if (has_poll_fifo_) {
        return;
    }
    const bool is_polled = (memory_.status() & pollable) != 0;
    const bool is_there = is_polled || poll_fifo_.is_silent();
    if (!is_polled) {
        poll_fifo_.silence();
    }
    if (!is_there || !poll_fifo_.open(call)) { // else it was removed
        poll_fifo_.make(call);
        (void)poll_fifo_.open(call);
    }
    has_poll_fifo_ = poll_fifo_.is_open();
    if (!has_poll_fifo_) {
        throw_corrupt(call, "its FIFO cannot be made");
    }
}

// What the FIFO said is gone if nobody had it open, so whoever opens it says it again.
void RobustQueue::open_poll_fifo(const Call& call, const WaitOptions& wait_options) {
    ends_.with_both(wait_options, [&] {
        if (!has_poll_fifo_) {
            open_or_make_poll_fifo(call);
            poll_fifo_.forget();
            show_level();
        }
    });
}

void RobustQueue::open_poll_fifo_if_possible(const WaitOptions& wait_options) {
    try {
        if ((memory_.status() & pollable) != 0 && !has_poll_fifo_) {
            open_poll_fifo({"MessageQueue", name_}, wait_options);
        }
    } catch (const std::exception&) { // a process that can open it, will
    }
}

void RobustQueue::remove_poll_fifo_if_unused() const noexcept {
    const auto file = status_of(segment_.fd());
    if (file && file->st_nlink == 0 && nobody_lives(self_)) {
        poll_fifo_.remove();
    }
}

void RobustQueue::announce(Change change) const noexcept {
    if (change == Change::a_message) {
        poll_fifo_.before_adding();
    } else if (change == Change::room) {
        poll_fifo_.before_taking();
    }
}

// Under both locks. Of a queue all of whose rooms are lent out or leased, this says that there is
// room: that there is nothing to receive matters to more.
void RobustQueue::show_level() const noexcept {
    if (!has_message()) {
        memory_.body().emptied.fetch_add(1, std::memory_order_relaxed);
        poll_fifo_.show(PollFifo::Level::empty);
    } else {
        poll_fifo_.show(has_room() ? PollFifo::Level::some : PollFifo::Level::full);
    }
}

} // namespace crex::detail
