// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/robust_queue.hpp"

#include <cstring>
#include <utility>

#include "message_queue/robust/claims.hpp"
#include "message_queue/robust/end_guard.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "message_queue/robust/transfer.hpp"
#include "robust/lifecycle.hpp"

// The lifetime of a handle, its descriptor for polling, and its calls that concern the whole queue.

namespace crex::detail {

using namespace robust;

namespace {

// The next message; null when there is none.
Slot* front(const ReceiversLocked& locked, const QueueMemory& memory, bool is_indexed) {
    if (!is_indexed) {
        return first_in_lane(locked, memory);
    }
    PriorityIndex index{locked, memory};
    index.drain();
    const auto front = index.front();
    return front ? &memory.slot(front.slot) : nullptr;
}

} // namespace

// The last user of a queue with Lifetime::until_unused removes it as `crex gc` does. A name that it
// may not remove stays for the next opener to report.
RobustQueue::~RobustQueue() {
    notifier_.end();
    core_.self.leave();
    if (core_.segment.header().until_unused != 0 && !core_.self.locks_for_process()) {
        (void)remove_if_unused(core_.segment.fd(), Segment::path(queue_kind, core_.name));
    }
    core_.remove_poll_fifo_if_unused();
    if (core_.self.locks_for_process()) {
        core_.segment.leave_open();
    }
}

// All zeros is an empty lane, except for the sequences, which begin with 1.
void RobustQueue::begin() {
    core_.memory.body().next_sequence.store(1);
    core_.memory.body().head_sequence.store(1);
}

std::optional<SlotClaim> RobustQueue::loan(const Call& call, std::size_t size,
                                           const Deadline& deadline) {
    return robust::loan(core_, call, size, deadline);
}

void RobustQueue::commit(const char* function, const SlotClaim& loan, std::size_t size,
                         unsigned priority) {
    const Call call{function, core_.name};
    (void)robust::commit(core_, call, loan, size, priority, core_.waiting_forever());
}

void RobustQueue::drop(const SlotClaim& loan) noexcept {
    try {
        (void)robust::drop(core_, {"Loan::~Loan", core_.name}, loan, core_.waiting_forever());
    } catch (...) { // it is not this process's, or recovery will free it
    }
}

std::optional<SlotClaim> RobustQueue::lease(const Call& call, const Deadline& deadline) {
    return robust::lease(core_, call, deadline);
}

void RobustQueue::acknowledge(const char* function, const SlotClaim& lease) {
    const Call call{function, core_.name};
    (void)end_lease(core_, call, lease, LeaseEnd::received, core_.waiting_forever());
}

void RobustQueue::nack(const char* function, const SlotClaim& lease, Tried tried) {
    const Call call{function, core_.name};
    const auto how = tried == Tried::yes ? LeaseEnd::nacked : LeaseEnd::nacked_untried;
    (void)end_lease(core_, call, lease, how, core_.waiting_forever());
}

int RobustQueue::ready_fd(const Call& call) {
    (void)open_poll_fifo(call, core_.waiting_forever(), true);
    return core_.polling.fd();
}

int RobustQueue::silent_fd(const Call& call) {
    (void)open_poll_fifo(call, core_.waiting_forever(), false);
    return core_.polling.fd();
}

bool RobustQueue::make_pollable(const Call& call, const Deadline& deadline) {
    return open_poll_fifo(call, core_.waiting_until(deadline), true);
}

// Opens the FIFO, or makes it. False when the locks could not be taken in time.
bool RobustQueue::open_poll_fifo(const Call& call, const WaitOptions& wait_options, bool polls) {
    bool is_done = false;
    Attempts attempts{core_, call, wait_options};
    while (!is_done && attempts.next()) {
        try {
            const BothGuard locked{attempts, Change::neither};
            if (!locked) {
                continue;
            }
            core_.polling.open(locked, call);
            if (polls) {
                core_.polling.begin(locked);
            }
            is_done = true;
        } catch (...) {
            attempts.failed();
        }
    }
    return is_done && attempts.done();
}

std::optional<Message> RobustQueue::peek(const Call& call) {
    Message message;
    std::size_t size = 0;
    bool is_done = false;
    bool is_empty = false;
    const WaitOptions wait_options = core_.waiting_forever();
    Attempts attempts{core_, call, wait_options};
    while (!is_done && attempts.next()) {
        message.body.resize(size); // not under the lock, where nothing is allocated
        try {
            const OneLockGuard<ReceiversLocked> locked{attempts};
            if (!locked) {
                continue;
            }
            Slot* const slot = front(locked, core_.memory, attempts.is_indexed());
            is_empty = slot == nullptr;
            const Content content = is_empty ? Content{} : content_of(core_.memory, *slot);
            size = content.size;
            is_done = message.body.size() >= size;
            if (is_done && !is_empty) {
                std::memcpy(message.body.data(), slot->payload(), size);
                message.priority = content.priority;
            }
        } catch (...) {
            attempts.failed();
        }
    }
    attempts.done();
    message.body.resize(size);
    return is_empty ? std::nullopt : std::optional{std::move(message)};
}

MessageQueueStats RobustQueue::stats() const {
    const auto& body = core_.memory.body();
    MessageQueueStats stats;
    stats.sent = body.next_sequence.load(relaxed) - 1;
    stats.received = body.received.load(relaxed);
    stats.redelivered = body.redelivered.load(relaxed);
    stats.dead_lettered = body.dead_lettered.load(relaxed);
    stats.recoveries = body.recoveries.load(relaxed);
    stats.quarantined = static_cast<std::size_t>(body.quarantined.load(relaxed));
    stats.participants = core_.self.count();
    return stats;
}

void RobustQueue::shut_down(const Call& call) {
    auto& body = core_.memory.body();
    bool is_done = false;
    const WaitOptions wait_options = core_.waiting_forever();
    Attempts attempts{core_, call, wait_options};
    while (!is_done && attempts.next()) {
        try {
            const BothGuard locked{attempts, Change::a_message};
            if (locked) {
                core_.memory.set(robust::shut_down);
                is_done = true;
            }
        } catch (...) {
            attempts.failed();
        }
    }
    attempts.done();
    wake_all(body.not_empty);
    wake_all(body.not_full);
}

bool RobustQueue::is_shut_down() const { return (core_.memory.status() & robust::shut_down) != 0; }

void RobustQueue::repair(const Call& call) {
    core_.ensure_joined(call);
    core_.maintenance.repair(call);
}

void RobustQueue::interrupt_waits() noexcept {
    auto& body = core_.memory.body();
    core_.gate.close({&body.not_empty, &body.not_full});
    core_.gate.reopen(); // for loans and leases
}

} // namespace crex::detail
