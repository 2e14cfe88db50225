// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <fcntl.h>

#include <crex/inventory.hpp>
#include <crex/message_queue.hpp>

// What a descriptor stands for.
//
// The program's descriptors are descriptions of a queue's FIFO (see robust/bell.hpp), which say all
// that belongs to a description: what it may do, O_NONBLOCK, who shares it after dup(2) or fork(2).
// Only which queue that FIFO belongs to has to be known here. So no descriptor's number is ever
// believed: it is looked at, and what it is now decides. A queue is let go of when no descriptor of
// this process is its FIFO any more, however they were closed.

namespace crex::mqueue {

// A queue that this process has open, by one handle, whatever the number of its descriptors.
class OpenQueue {
public:
    explicit OpenQueue(MessageQueue queue);

    [[nodiscard]] MessageQueue& handle() { return queue_; }
    [[nodiscard]] std::size_t max_message_size() const { return max_message_size_; }

    // A new description of its FIFO, or minus an errno value.
    [[nodiscard]] int describe(int flags) const;

    [[nodiscard]] bool is(const ObjectId& fifo) const { return fifo == fifo_; }
    // Whether the descriptors that the handle keeps to itself are still its own: programs that
    // become daemons close all they find, and may have opened others under the same numbers.
    [[nodiscard]] bool is_whole() const;
    [[nodiscard]] bool is_own(int descriptor) const { return descriptor == bell_; }
    // Whether the program has a descriptor of it left.
    [[nodiscard]] bool is_described() const;

private:
    MessageQueue queue_;
    int bell_;
    ObjectId fifo_;
    std::size_t max_message_size_;
};

// A queue's descriptor, as it is at this moment.
struct Descriptor {
    std::shared_ptr<OpenQueue> queue;
    int flags; // F_GETFL

    [[nodiscard]] bool reads() const { return (flags & O_ACCMODE) != O_WRONLY; }
    [[nodiscard]] bool writes() const { return (flags & O_ACCMODE) != O_RDONLY; }
    [[nodiscard]] bool blocks() const { return (flags & O_NONBLOCK) == 0; }
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
    // Nothing for a descriptor that is no queue's.
    std::optional<Descriptor> find(int descriptor);
    // Closes it: the queue that it was, which may have been its last. Null when it is no queue's.
    std::shared_ptr<OpenQueue> close(int descriptor);
    // Lets go of all that is not being used at this moment.
    void leave();

private:
    using Queues = std::vector<std::shared_ptr<OpenQueue>>;

    // Under the lock.
    [[nodiscard]] std::shared_ptr<OpenQueue> which_is(int descriptor) const;
    template <class Kept> [[nodiscard]] Queues take_all_but(Kept is_kept);
    [[nodiscard]] Queues take_unused();
    void put_lost_aside();

    static const int registered; // with fork()

    std::mutex mutex_;
    Queues queues_; // their handles are made and destroyed while the mutex is free: both may wait
    Queues lost_;   // not whole any more; destroying them would close what is somebody else's
};

} // namespace crex::mqueue
