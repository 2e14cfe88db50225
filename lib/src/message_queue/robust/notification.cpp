// SPDX-License-Identifier: BSL-1.0
#include <cerrno>

#include <sys/epoll.h>

#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/robust_queue.hpp"

// How a notifier probes a robust queue: the FIFO says when a probe is worthwhile, and a count says
// whether the queue has been empty since the request. See poll_fifo.hpp and notifier.hpp.

namespace crex::detail {

using namespace robust;

class RobustQueue::FifoProbe final : public MessageProbe {
public:
    explicit FifoProbe(RobustQueueCore& core)
        : core_{core}, events_{epoll_create1(EPOLL_CLOEXEC)} {}

    // A message that is there already is not a reason to notify.
    [[nodiscard]] bool begin(const BothLocked&) {
        epoll_event wanted{};
        wanted.events = EPOLLIN | EPOLLET;
        if (may_receive(core_.memory)) {
            full_since_ = core_.memory.body().emptied.load(std::memory_order_relaxed);
        }
        return epoll_ctl(events_.get(), EPOLL_CTL_ADD, core_.polling.fd(), &wanted) == 0;
    }

    [[nodiscard]] Probed probe() noexcept override;
    [[nodiscard]] int events() const noexcept override { return events_.get(); }

private:
    RobustQueueCore& core_;
    UniqueFd events_;
    std::optional<std::uint32_t> full_since_;
};

void RobustQueue::notify(const Call& call, Notification notification, SecondRequest second) {
    (void)ready_fd(call);
    notifier_.request(call, std::move(notification), second, [&] {
        auto probe = std::make_unique<FifoProbe>(core_);
        if (probe->events() < 0) {
            throw_errno(call, errno);
        }
        bool is_done = false;
        const WaitOptions wait_options = core_.waiting_forever();
        Attempts attempts{core_, call, wait_options};
        while (!is_done && attempts.next()) {
            try {
                const BothGuard locked{attempts, Change::neither};
                if (locked && !probe->begin(locked)) {
                    throw_errno(call, errno);
                }
                is_done = static_cast<bool>(locked);
            } catch (...) {
                attempts.failed();
            }
        }
        attempts.done();
        return probe;
    });
}

// The message of a participant that died with a lease comes back, so a probe also checks for
// deaths.
Probed RobustQueue::FifoProbe::probe() noexcept {
    const QueueMemory& memory = core_.memory;
    if ((memory.status() & needs_recovery) != 0) {
        core_.maintenance.try_recover();
        return Probed::nothing;
    }
    // Read first: if the count were read after the queue, the old message could be seen and then
    // taken in between.
    const std::uint32_t emptied = memory.body().emptied.load(std::memory_order_acquire);
    if (!may_receive(memory)) {
        core_.waits.recheck_after_try();
        return Probed::nothing;
    }
    if (full_since_ == emptied) {
        return Probed::nothing;
    }
    if (core_.waits.receivers().any()) {
        return Probed::contested;
    }
    // A receiver that has just waited may have taken it.
    return may_receive(memory) ? Probed::message : Probed::nothing;
}

} // namespace crex::detail
