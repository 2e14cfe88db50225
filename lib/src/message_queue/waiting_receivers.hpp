// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <new>

#include "platform/byte_lock.hpp"
#include "platform/fork.hpp"

// A lock on one byte of the queue's file that tells, for notification, whether any thread of any
// process waits in receive(): no process is notified of a message that a receiver waits for. No
// thread sleeps here.
//
// While a thread waits in receive(), its handle shares the lock: on a robust queue only while the
// queue is pollable. So the death of the process ends that, too.

namespace crex::detail {

class WaitingReceivers {
public:
    // For the queue whose file is open as `file`, for reading and writing, through a description
    // that no forked child shares.
    explicit WaitingReceivers(int file) : file_{file} {}

    // A waiting receiver, from set() until the end of the scope.
    class Mark {
    public:
        explicit Mark(WaitingReceivers& all) : all_{all} {}
        ~Mark() {
            if (set_) {
                all_.leave();
            }
        }
        Mark(const Mark&) = delete;
        Mark& operator=(const Mark&) = delete;

        void set() {
            if (!set_) {
                set_ = true;
                all_.enter();
            }
        }

    private:
        WaitingReceivers& all_;
        bool set_ = false;
    };

    [[nodiscard]] bool any() {
        const std::lock_guard lock{mutex_};
        return count_ != 0 || byte_is_locked(file_, byte);
    }

    // The child has none of these threads, and does not have the description that their lock is on.
    void in_forked_child() noexcept {
        new (&mutex_) std::mutex;
        count_ = 0;
    }

private:
    static constexpr std::uint64_t byte = 2;

    void enter() {
        const std::lock_guard lock{mutex_};
        if (count_++ == 0) {
            share_byte(file_, byte);
        }
    }
    void leave() {
        const std::lock_guard lock{mutex_};
        if (--count_ == 0) {
            unlock_byte(file_, byte);
        }
    }

    int file_;
    std::mutex mutex_;
    int count_ = 0; // waiting threads of this handle
    AtForkChild watch_{*this};
};

} // namespace crex::detail
