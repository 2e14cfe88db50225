// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/polling.hpp"

#include <mutex>

#include "message_queue/robust/levels.hpp"
#include "robust/event_count.hpp"

namespace crex::detail::robust {

// The maker of a new FIFO first notes that there is a silent one. If that is noted and there is
// none, the maker has died.
void Polling::open(const BothLocked& /*locked*/, const Call& call) {
    const std::lock_guard lock{opening_}; // last: it has no deadline
    if (is_open_) {
        return;
    }
    const bool is_polled = (memory_.status() & pollable) != 0;
    const bool is_there = is_polled || fifo_.is_silent();
    if (!is_polled) {
        fifo_.silence();
    }
    if (!is_there || !fifo_.open(call)) { // else it was removed
        fifo_.make(call);
        (void)fifo_.open(call);
    }
    is_open_ = fifo_.is_open();
    if (!is_open_) {
        throw_corrupt(call, "its FIFO cannot be made");
    }
}

// A death after the first step leaves a polled queue whose lock names the dead participant: the
// next holder distrusts the FIFO. In another order it would leave a FIFO that other processes have
// open, and no note of that.
void Polling::begin(const BothLocked& locked) const noexcept {
    if ((memory_.status() & pollable) == 0) {
        memory_.set(pollable);
        fifo_.forget();
        wake_all(memory_.body().not_empty); // waiting receivers must mark themselves from now on
    }
    show_level(locked);
}

void Polling::rejoin(const BothLocked& locked, const Call& call) {
    if (!is_open_) {
        open(locked, call);
        fifo_.forget();
        show_level(locked);
    }
}

void Polling::announce(const BothLocked& /*locked*/, Change change) const noexcept {
    if (change == Change::a_message) {
        fifo_.before_adding();
    } else if (change == Change::room) {
        fifo_.before_taking();
    }
}

// A queue all of whose slots are loaned or leased shows that there is room: that there is nothing
// to receive matters to more callers.
void Polling::show_level(const BothLocked& /*locked*/) const noexcept {
    if (!may_receive(memory_)) {
        memory_.body().emptied.fetch_add(1, std::memory_order_relaxed);
        fifo_.show(PollFifo::Level::empty);
    } else {
        fifo_.show(may_send(memory_) ? PollFifo::Level::some : PollFifo::Level::full);
    }
}

// A dead participant may have emptied the queue before it could say so, and recovery may find
// messages or room.
void Polling::distrust(const BothLocked& locked) const noexcept {
    if ((memory_.status() & pollable) != 0) {
        memory_.body().emptied.fetch_add(1, std::memory_order_relaxed);
        fifo_.forget();
        announce(locked, Change::a_message);
        announce(locked, Change::room);
    }
}

} // namespace crex::detail::robust
