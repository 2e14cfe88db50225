// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include "message_queue/robust/locked.hpp"
#include "message_queue/robust/poll_fifo.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "platform/fork_safe_mutex.hpp"

// What poll(2) sees of a queue, for one handle: see poll_fifo.hpp. It costs nothing until a process
// polls the queue.

namespace crex::detail::robust {

// What a change under a lock may bring about.
enum class Change { a_message, room, neither };

class Polling {
public:
    Polling(const QueueMemory& memory, int queue_fd)
        : memory_{memory}, fifo_{queue_fd, memory.body().poll_fifo} {}

    [[nodiscard]] int fd() const noexcept { return fifo_.fd(); }

    // Whether this handle has the FIFO open.
    [[nodiscard]] bool is_open() const noexcept { return is_open_; }

    // Opens the FIFO, or makes it. It shows nothing yet if it is new.
    void open(const BothLocked& locked, const Call& call);

    // Makes the open FIFO show how full the queue is, from now on.
    void begin(const BothLocked& locked) const noexcept;

    // Opens the FIFO of a queue that is polled, unless it is open. The kernel forgets what is in a
    // FIFO that no process has open, so this shows the level again.
    void rejoin(const BothLocked& locked, const Call& call);

    // Of a queue that is polled: before a change, after one, and when the FIFO may say anything.
    void announce(const BothLocked& locked, Change change) const noexcept;
    void show_level(const BothLocked& locked) const noexcept;
    void distrust(const BothLocked& locked) const noexcept;

    void remove() const noexcept { fifo_.remove(); }

private:
    const QueueMemory& memory_;
    PollFifo fifo_;
    ForkSafeMutex opening_;
    std::atomic<bool> is_open_{false};
};

} // namespace crex::detail::robust
