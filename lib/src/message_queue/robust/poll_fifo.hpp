// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <sys/stat.h>

#include "common/errors.hpp"
#include "platform/file.hpp"

// What poll(2) sees of a robust queue: a FIFO beside the queue's file, two pages long, made when a
// process first asks for its descriptor. Once a process polls it, the number of bytes in it says:
//
//   empty      nothing to receive          POLLOUT
//   one byte   a message, and room         POLLIN | POLLOUT
//   full       messages, and no room       POLLIN
//
// The FIFO is changed only under both locks of the queue. Before a message is added to an empty
// queue, or taken from a full one, the FIFO is set to one byte, which is never wrong, only inexact.
// After the change it is set to the true level. So a death in between can at worst make a poll
// report something that is not there. The FIFO needs no thread, and every process has a descriptor
// of its own, also after fork().
//
// The level is recorded in the queue's memory, so that nothing is done when it stays the same.
// "Unknown" is recorded before the FIFO is changed, so that after a death at that point the next
// participant does not rely on the record.
//
// The kernel discards what is in a FIFO when no process has it open. So a participant that opens it
// shows the level again.

namespace crex::detail::robust {

class PollFifo {
public:
    // Silent: the FIFO exists, but shows nothing, since no process polls.
    enum class Level : std::uint32_t { unknown, empty, some, full, silent };

    // For the queue whose file is open as `queue_fd`. `shown` is where the queue's memory records
    // the level. The FIFO is not open yet.
    PollFifo(int queue_fd, std::atomic<std::uint32_t>& shown);

    // Makes the FIFO, as accessible as the queue is, in place of a left-over one. Its maker has the
    // queue open, and may use the FIFO whatever the queue's mode.
    void make(const Call& call) const;
    // Opens the FIFO, unless it is open. Returns false when there is none.
    [[nodiscard]] bool open(const Call& call);
    void remove() const noexcept;
    static void remove(int queue_fd) noexcept;

    [[nodiscard]] int fd() const noexcept { return fifo_.get(); }
    [[nodiscard]] bool is_open() const noexcept { return fifo_.get() >= 0; }

    // Records that the level is unknown.
    void forget() const noexcept { note(Level::unknown); }

    // Whether the record says that a FIFO was made, or is about to be, that no process polls yet.
    [[nodiscard]] bool is_silent() const noexcept { return noted() == Level::silent; }
    void silence() const noexcept { note(Level::silent); }

    void before_adding() const noexcept;
    void before_taking() const noexcept;
    void show(Level level) const noexcept;

private:
    [[nodiscard]] std::string path() const { return path_for(queue_fd_); }
    [[nodiscard]] static std::string path_for(int queue_fd);
    [[nodiscard]] bool belongs_to_queue(int fifo) const noexcept;
    [[nodiscard]] Level noted() const noexcept;
    void note(Level level) const noexcept {
        shown_.store(static_cast<std::uint32_t>(level), std::memory_order_release);
    }
    [[nodiscard]] std::size_t bytes() const noexcept;
    void drop(std::size_t count) const noexcept;
    void add(std::size_t count) const noexcept;

    int queue_fd_;
    std::atomic<std::uint32_t>& shown_;
    UniqueFd fifo_;
};

} // namespace crex::detail::robust
