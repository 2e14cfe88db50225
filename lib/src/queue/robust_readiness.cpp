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
        return (store_.status() & belled) == 0 ? Step::again : Step::done;
    });
    open_bell(call);
    return bell_.fd();
}

// What the FIFO said is gone if nobody had it open, so whoever opens it says it again.
void RobustQueue::open_bell(const Call& call) {
    const std::lock_guard lock{opening_bell_};
    if (has_bell_) {
        return;
    }
    const Deadline never{no_timeout};
    const bool locked = whether_locked([&] {
        ends_.with_both({never, false}, [&] {
            if (!bell_.open(call)) { // somebody has removed it, or there never was one
                bell_.make(call);
                (void)bell_.open(call);
            }
            has_bell_ = bell_.is_open();
            bell_.forget();
            show_level();
        });
    });
    if (!locked || !has_bell_) {
        throw_corrupt(call, "its FIFO cannot be made, or one of its locks cannot be had");
    }
}

void RobustQueue::open_bell_if_possible() noexcept {
    try {
        if ((store_.status() & belled) != 0) {
            open_bell({"MessageQueue", name_});
        }
    } catch (const std::exception&) { // whoever can open it, will
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
