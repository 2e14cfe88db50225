// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/dead_letters.hpp"

#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>

#include "message_queue/robust/claims.hpp"
#include "message_queue/robust/robust_queue.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

namespace {

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

} // namespace

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

} // namespace crex::detail::robust
