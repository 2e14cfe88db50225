// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "message_queue/robust/polling.hpp"
#include "message_queue/robust/queue_locks.hpp"
#include "message_queue/robust/recovery.hpp"

namespace crex::detail::robust {

// Changes of a whole queue, under both locks: its form, and its recovery.
class Maintenance {
public:
    Maintenance(const std::string& name, const QueueMemory& memory, Participant& self,
                const QueueLocks& locks, Polling& polling)
        : name_{name}, memory_{memory}, self_{self}, locks_{locks}, polling_{polling} {}

    // Turns a lane into an index. Takes time for each message in the queue.
    void switch_to_index(const WaitOptions& wait_options) const;

    // Turns an index of which no slot is in use into a lane.
    void switch_to_lane(const WaitOptions& wait_options) const;

    // Recovers a queue that needs it. `recoveries` counts those of one call: a queue that keeps
    // needing recovery is marked as broken. CorruptError when it is.
    void recover_for_call(const Call& call, const WaitOptions& wait_options, int& recoveries);

    // Recovers a queue of which this process has taken over a dead participant's entry. False when
    // a lock could not be taken in time.
    bool recover_for_entry();

    // Gives back what dead participants held, and frees their entries. False when a lock could not
    // be taken in time.
    bool reap(const Call& call, const WaitOptions& wait_options);

    // Without waiting, so neither a signal nor close() ends them.
    bool try_reap() noexcept;
    void try_recover() noexcept;

    // Recovers the queue in any case, a broken one, too, and takes its locks away from their
    // holders if it must.
    void repair(const Call& call);

    // Opens the FIFO of a queue that is polled.
    void open_poll_fifo(const Call& call, const WaitOptions& wait_options);

private:
    void open_poll_fifo_if_possible(const WaitOptions& wait_options);
    void recover_if_needed(const WaitOptions& wait_options, Scope scope) const;
    void recover_even_if_broken(const WaitOptions& wait_options) const;
    void reap(const WaitOptions& wait_options);

    const std::string& name_;
    const QueueMemory& memory_;
    Participant& self_;
    const QueueLocks& locks_;
    Polling& polling_;
};

} // namespace crex::detail::robust
