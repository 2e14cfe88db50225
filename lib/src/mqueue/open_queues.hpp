// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <fcntl.h>

#include <crex/inventory.hpp>
#include <crex/message_queue.hpp>

// What a descriptor stands for.
//
// The program's descriptors are descriptions of a queue's FIFO (see
// message_queue/robust/poll_fifo.hpp). The kernel keeps all that belongs to a description: its
// access mode, O_NONBLOCK, and the processes that share it after dup(2) or fork(2). Only the queue
// to which that FIFO belongs must be known here. It is looked up, and remembered until the program
// may have made something else of the number (see numbers.hpp). A queue is released when no
// descriptor of this process is its FIFO any more, however the descriptors were closed.

namespace crex::mqueue {

// A queue that this process has open: one handle, whatever the number of its descriptors.
class OpenQueue {
public:
    explicit OpenQueue(MessageQueue queue);

    [[nodiscard]] MessageQueue& handle() { return queue_; }
    [[nodiscard]] std::size_t max_message_size() const { return max_message_size_; }

    // Opens a new description of its FIFO. Returns a descriptor, or minus an errno value.
    [[nodiscard]] int describe(int flags) const;

    // From now on the FIFO shows the queue's state; until then, it costs nothing. Returns false,
    // with nothing done, when a lock could not be obtained in that time.
    bool speak(Timeout timeout);
    [[nodiscard]] bool is_silent() const { return is_silent_; }

    [[nodiscard]] bool is(const ObjectId& fifo) const { return fifo == fifo_; }
    [[nodiscard]] int poll_fifo() const { return poll_fifo_; }
    // Whether the descriptors that the handle keeps to itself are still its own. A program that
    // becomes a daemon closes all it finds, and may have opened others under the same numbers.
    [[nodiscard]] bool is_whole() const;
    [[nodiscard]] bool is_own(int descriptor) const { return descriptor == poll_fifo_; }
    // Whether the program still has a descriptor of it.
    [[nodiscard]] bool is_described() const;

private:
    MessageQueue queue_;
    int poll_fifo_;
    ObjectId fifo_;
    std::size_t max_message_size_;
    std::atomic<bool> is_silent_{true};
};

// A queue's descriptor.
struct Descriptor {
    std::shared_ptr<OpenQueue> queue;
    int number;
    int access; // O_RDONLY, O_WRONLY or O_RDWR

    [[nodiscard]] bool reads() const { return access != O_WRONLY; }
    [[nodiscard]] bool writes() const { return access != O_RDONLY; }
    // F_GETFL at this moment: O_NONBLOCK is shared with every process that has the description.
    // Negative when the descriptor has been closed.
    [[nodiscard]] int flags() const;
};

// Safe from any thread. fork() finds it unlocked.
class OpenQueues {
public:
    // Never destroyed: an exiting program may still call.
    static OpenQueues& instance();

    // To be called before a handle is made: it may get the numbers of a lost handle's descriptors.
    void forget_lost();
    // Adds the queue, unless it is there already, and opens a descriptor of it. Returns its number,
    // or minus an errno value.
    int open(const std::shared_ptr<OpenQueue>& queue, int flags);
    // Nothing for a descriptor that is no queue's. Throws EDEADLK in a signal handler whose thread
    // is inside such a call.
    std::optional<Descriptor> find(int descriptor);
    // Closes the descriptor. Returns its queue, which may have no other descriptor; null when it is
    // no queue's.
    std::shared_ptr<OpenQueue> close(int descriptor);
    // Releases every queue that no call is using.
    void leave();

    // For the C library's calls on any descriptor. has(): whether it is a queue's. polled(): the
    // program is about to poll it, and may wait that long; false, with EINTR, when a signal ended
    // that. any_is_silent(): whether polled() matters for any descriptor.
    static bool has(int descriptor) noexcept;
    static bool polled(int descriptor, Timeout timeout) noexcept;
    static bool any_is_silent() noexcept { return silent_count != 0; }

private:
    using Queues = std::vector<std::shared_ptr<OpenQueue>>;

    // What a number was found to be, and the changes until then: its own and those of the handle's
    // own descriptor, added.
    struct Known {
        std::shared_ptr<OpenQueue> queue;
        int access = 0;
        std::uint32_t changes = 0;
    };
    class Lock;
    static void before_fork() noexcept;
    static void after_fork() noexcept;
    static void in_forked_child() noexcept;
    [[nodiscard]] Known* place_of(int descriptor);

    // These require the lock.
    [[nodiscard]] std::shared_ptr<OpenQueue> which_is(int descriptor) const;
    template <class Kept> [[nodiscard]] Queues take_all_but(Kept is_kept);
    [[nodiscard]] Queues take_unused();
    void put_lost_aside();
    std::optional<Descriptor> look(int descriptor);
    static std::uint32_t changes(int descriptor, const OpenQueue& queue);
    void count() const noexcept;

    static const int registered; // with fork()
    static std::atomic<std::size_t> open_count;
    static std::atomic<std::size_t> silent_count;

    std::mutex mutex_;
    std::array<Known, 1024> known_; // by number; larger numbers are looked up each time
    Queues queues_; // their handles are made and destroyed while the mutex is free: both may wait
    Queues lost_;   // not whole; destroying them would close other descriptors of the program
};

} // namespace crex::mqueue
