// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cerrno>

#include <sys/epoll.h>

#include "message_queue/robust/robust_queue.hpp"

// What a notifier sees of a robust queue: the FIFO says when it is worth looking, and a count
// whether the queue has been empty meanwhile. See poll_fifo.hpp and notifier.hpp.

namespace crex::detail {

using namespace robust;

class RobustQueue::Looking final : public Sentry {
public:
    explicit Looking(RobustQueue& queue) : queue_{queue}, events_{epoll_create1(EPOLL_CLOEXEC)} {}

    // Under both locks, so that nothing changes. What is there by now is not news.
    [[nodiscard]] bool begin() {
        epoll_event wanted{};
        wanted.events = EPOLLIN | EPOLLET;
        if (queue_.has_message()) {
            full_since_ = queue_.memory_.body().emptied.load(std::memory_order_relaxed);
        }
        return epoll_ctl(events_.get(), EPOLL_CTL_ADD, queue_.poll_fifo_.fd(), &wanted) == 0;
    }

    [[nodiscard]] Sight look() noexcept override { return queue_.sight(full_since_); }
    [[nodiscard]] int events() const noexcept override { return events_.get(); }

private:
    RobustQueue& queue_;
    UniqueFd events_;
    std::optional<std::uint32_t> full_since_;
};

void RobustQueue::notify(const Call& call, Notification notification, SecondRequest second) {
    (void)ready_fd(call);
    notifier_.request(call, std::move(notification), second, [&] {
        auto looking = std::make_unique<Looking>(*this);
        if (looking->events() < 0) {
            throw_errno(call, errno);
        }
        complete(call, [&](const Attempt& attempt) {
            bool settled = false;
            ends_.with_both(attempt.wait_options, [&] {
                settled = memory_.status() == attempt.status;
                if (settled && !looking->begin()) {
                    throw_errno(call, errno);
                }
            });
            return settled ? Step::done : Step::again;
        });
        return looking;
    });
}

// Who died with a lease on it gives a message back as well, so somebody has to look for the dead.
Sight RobustQueue::sight(std::optional<std::uint32_t> full_since) noexcept {
    if ((memory_.status() & needs_recovery) != 0) {
        const Deadline now{do_not_wait};
        whether_locked([&] {
            open_poll_fifo_if_possible({now, false});
            ends_.recover_if_needed({now, false}, Look::where_used);
        });
        return Sight::nothing;
    }
    // First, since a message that is there now may be the one that was there all the time.
    const std::uint32_t emptied = memory_.body().emptied.load(std::memory_order_acquire);
    if (!has_message()) {
        recheck_after_try();
        return Sight::nothing;
    }
    if (full_since == emptied) {
        return Sight::nothing;
    }
    if (receivers_.anybody()) {
        return Sight::contested;
    }
    return has_message() ? Sight::message : Sight::nothing; // who has just waited may have it
}

} // namespace crex::detail
