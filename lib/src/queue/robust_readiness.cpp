// SPDX-License-Identifier: BSL-1.0
#include <cerrno>

#include "queue/robust_queue.hpp"

// What poll(2) sees: see bell.hpp. Nobody pays for it unless somebody has asked.

namespace crex::detail {

using namespace robust;

int RobustQueue::ready_fd(const Call& call) {
    complete(call, [&](const Attempt& attempt) {
        ends_.with_both(attempt.patience, [&] {
            if (store_.status() == attempt.status && (attempt.status & belled) == 0) {
                bell_.make(call);
                store_.set(belled);
                wake_all(store_.body().not_empty); // those who wait have to say so from now on
            }
        });
        return has_bell_ ? Step::done : Step::again; // which opens it
    });
    return bell_.fd();
}

// What the FIFO said is gone if nobody had it open, so whoever opens it says it again.
void RobustQueue::open_bell(const Call& call, const Patience& patience) {
    ends_.with_both(patience, [&] {
        const std::lock_guard lock{opening_bell_}; // last: it has no deadline
        if (has_bell_) {
            return;
        }
        if (!bell_.open(call)) { // it was removed, or there never was one
            bell_.make(call);
            (void)bell_.open(call);
        }
        has_bell_ = bell_.is_open();
        bell_.forget();
        show_level();
    });
    if (!has_bell_) {
        throw_corrupt(call, "its FIFO cannot be made");
    }
}

void RobustQueue::open_bell_if_possible(const Patience& patience) {
    try {
        if ((store_.status() & belled) != 0 && !has_bell_) {
            open_bell({"MessageQueue", name_}, patience);
        }
    } catch (const std::exception&) { // a process that can open it, will
    }
}

void RobustQueue::remove_bell_if_unused() const noexcept {
    const auto file = status_of(segment_.fd());
    if (file && file->st_nlink == 0 && nobody_lives(self_)) {
        bell_.remove();
    }
}

void RobustQueue::announce(Change change) const noexcept {
    if (change == Change::a_message) {
        bell_.before_adding();
    } else if (change == Change::room) {
        bell_.before_taking();
    }
}

// Under both locks. Of a queue all of whose rooms are lent out or leased, this says that there is
// room: that there is nothing to receive matters to more.
void RobustQueue::show_level() const noexcept {
    if (!has_message()) {
        store_.body().emptied.fetch_add(1, std::memory_order_relaxed);
        bell_.show(Bell::Level::empty);
    } else {
        bell_.show(has_room() ? Bell::Level::some : Bell::Level::full);
    }
}

} // namespace crex::detail
