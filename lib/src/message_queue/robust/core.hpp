// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "message_queue/backend.hpp"
#include "message_queue/robust/maintenance.hpp"
#include "message_queue/robust/polling.hpp"
#include "message_queue/robust/queue_locks.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "message_queue/robust/waits.hpp"
#include "platform/fork_safe_mutex.hpp"
#include "robust/call_gate.hpp"
#include "robust/participant.hpp"
#include "robust/segment.hpp"

namespace crex::detail::robust {

// Claimed slots that a call could not free in time. The next call that can does so.
class LaidAside {
public:
    // Forgets the claim when memory has run out: the slot is freed once the handle is closed.
    void add(const SlotClaim& claim) noexcept;
    [[nodiscard]] std::vector<SlotClaim> take_all();
    [[nodiscard]] bool is_empty() const noexcept {
        return !has_any_.load(std::memory_order_relaxed);
    }

private:
    ForkSafeMutex mutex_;
    std::vector<SlotClaim> claims_;
    std::atomic<bool> has_any_{false};
};

// A robust queue, open: what each of a handle's calls works with.
struct RobustQueueCore {
    // Has no entry among the participants yet; see join().
    RobustQueueCore(std::string its_name, Segment its_segment, const MessageQueueOptions& options);

    // Claims an entry among the participants, unless this process has one.
    void ensure_joined(const Call& call) {
        if (!has_joined()) [[unlikely]] {
            join(call);
        }
    }
    [[nodiscard]] bool has_joined() const { return locks_inside == 0 && self.joined(); }
    void join(const Call& call);

    // Removes the poll FIFO of an unlinked queue that no participant can use any more.
    void remove_poll_fifo_if_unused() const noexcept;

    [[nodiscard]] WaitOptions waiting_until(const Deadline& deadline) const {
        return {deadline, true, &gate.is_closing()};
    }
    // For what must be done, however long it takes, and whatever signals arrive.
    [[nodiscard]] WaitOptions waiting_forever() const { return {never, false, &gate.is_closing()}; }

    std::string name;
    Segment segment;
    QueueMemory memory;
    Participant self;
    QueueLocks locks;
    Polling polling;
    Maintenance maintenance;
    CallGate gate;
    Waits waits;
    LaidAside laid_aside;
    const Deadline never{no_timeout};
};

} // namespace crex::detail::robust
