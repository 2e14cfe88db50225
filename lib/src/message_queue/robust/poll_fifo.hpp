// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <sys/stat.h>

#include "common/errors.hpp"
#include "platform/file.hpp"

// What poll(2) sees of a robust queue: a FIFO beside its file, two pages long, made when somebody
// first asks for it. From when somebody polls, how full it is, is the whole of its meaning:
//
//   empty      nothing to receive          POLLOUT
//   one byte   a message, and room         POLLIN | POLLOUT
//   full       messages, and no room       POLLIN
//
// It is only touched under both of the queue's locks. Before anything is added to an empty queue,
// and before anything is taken from a full one, it says "one byte", which is never wrong, only
// inexact; afterwards it says what is so. So a death in between leaves at worst a poll that finds
// nothing. It needs no thread, and is every process's own descriptor, also after fork().
//
// What it shows is noted in the queue's memory, so that nothing need be done that changes nothing;
// and "unknown" is noted before it is changed, for whoever comes after one who died there.
//
// The kernel forgets what is in a FIFO when nobody has it open: whoever opens it, shows how things
// stand.

namespace crex::detail::robust {

class PollFifo {
public:
    // Silent: there is a FIFO, which shows nothing, since nobody polls.
    enum class Level : std::uint32_t { unknown, empty, some, full, silent };

    // For the queue whose file that is, and where its memory notes the level. Not open yet.
    PollFifo(int queue_fd, std::atomic<std::uint32_t>& shown);

    // Makes the FIFO, as accessible as the queue is, in place of a left-over one. Its maker has
    // the queue open and may use the FIFO whatever the queue's mode.
    void make(const Call& call) const;
    // Opens it, unless it is. False when there is none.
    [[nodiscard]] bool open(const Call& call);
    void remove() const noexcept;
    static void remove(int queue_fd) noexcept;

    [[nodiscard]] int fd() const noexcept { return fifo_.get(); }
    [[nodiscard]] bool is_open() const noexcept { return fifo_.get() >= 0; }

    // What is noted may not be so.
    void forget() const noexcept { note(Level::unknown); }

    // Whether one was made that nobody polls yet, or says that it was.
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
