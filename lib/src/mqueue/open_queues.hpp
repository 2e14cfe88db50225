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
// message_queue/robust/poll_fifo.hpp), which say all that belongs to a description: what it may do,
// O_NONBLOCK, who shares it after dup(2) or fork(2). Only which queue that FIFO belongs to has to
// be known here. That is looked at, and remembered until the program may have made something else
// of the number (see numbers.hpp). A queue is let go of when no descriptor of this process is its
// FIFO any more, however they were closed.

namespace crex::mqueue {

// A queue that this process has open, by one handle, whatever the number of its descriptors.
class OpenQueue {
public:
    explicit OpenQueue(MessageQueue queue);

    [[nodiscard]] MessageQueue& handle() { return queue_; }
    [[nodiscard]] std::size_t max_message_size() const { return max_message_size_; }

    // A new description of its FIFO, or minus an errno value.
    [[nodiscard]] int describe(int flags) const;

    // From now on the FIFO says how things stand. Until it is asked to, nobody pays for it. False,
    // and nothing done, when a lock could not be had in that time.
    bool speak(Timeout timeout);
    [[nodiscard]] bool is_silent() const { return is_silent_; }

    [[nodiscard]] bool is(const ObjectId& fifo) const { return fifo == fifo_; }
    [[nodiscard]] int poll_fifo() const { return poll_fifo_; }
    // Whether the descriptors that the handle keeps to itself are still its own: programs that
    // become daemons close all they find, and may have opened others under the same numbers.
    [[nodiscard]] bool is_whole() const;
    [[nodiscard]] bool is_own(int descriptor) const { return descriptor == poll_fifo_; }
    // Whether the program has a descriptor of it left.
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
    // F_GETFL at this moment: O_NONBLOCK is shared with whoever has the description. Negative when
    // it has been closed meanwhile.
    [[nodiscard]] int flags() const;
};

// Safe from any thread. fork() finds it unlocked.
class OpenQueues {
public:
    // Never destroyed: who exits may still call.
    static OpenQueues& instance();

    // To be called before a handle is made, which may get the numbers of a lost one's descriptors.
    void forget_lost();
    // Adds the queue, unless it is there already, and opens a descriptor of it: its number, or
    // minus an errno value.
    int open(const std::shared_ptr<OpenQueue>& queue, int flags);
    // Nothing for a descriptor that is no queue's. Throws EDEADLK to a signal handler whose thread
    // is at it.
    std::optional<Descriptor> find(int descriptor);
    // Closes it: the queue that it was, which may have been its last. Null when it is no queue's.
    std::shared_ptr<OpenQueue> close(int descriptor);
    // Lets go of all that is not being used at this moment.
    void leave();

    // For the C library's calls on any descriptor: whether it is a queue's; that the program is
    // about to poll it, and wait so long (false, with EINTR, when a signal ended that); whether
    // that matters to any.
    static bool has(int descriptor) noexcept;
    static bool polled(int descriptor, Timeout timeout) noexcept;
    static bool any_is_silent() noexcept { return silent_count != 0; }

private:
    using Queues = std::vector<std::shared_ptr<OpenQueue>>;

    // What a number was found to be, when it and the handle's own descriptor had changed so often.
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

    // Under the lock.
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
    std::array<Known, 1024> known_; // by number; what is beyond is looked at each time
    Queues queues_; // their handles are made and destroyed while the mutex is free: both may wait
    Queues lost_;   // not whole any more; destroying them would close what is somebody else's
};

} // namespace crex::mqueue
