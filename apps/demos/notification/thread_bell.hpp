// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include <crex/message_queue.hpp>

namespace demo {

// Notification by a new thread, which prints the messages that it finds. Those threads share this
// object: the last thread may still run when it is not needed any more, and then leaves the queue
// alone.
class ThreadBell : public std::enable_shared_from_this<ThreadBell> {
public:
    enum class Rings { once, again_and_again };

    ThreadBell(crex::MessageQueue& queue, Rings rings) : queue_{queue}, rings_{rings} {}

    void hang_up();
    void take_down();

    // Waits until that many messages have been printed, but not longer than `patience`.
    void wait_for(std::size_t dings, std::chrono::duration<double> patience);

private:
    void ring();

    crex::MessageQueue& queue_;
    Rings rings_;
    std::mutex mutex_;
    std::condition_variable rung_;
    std::size_t dings_ = 0;
    bool is_down_ = false;
};

// Takes the bell down at the end of the scope, however it ends.
class TakenDown {
public:
    explicit TakenDown(std::shared_ptr<ThreadBell> bell) : bell_{std::move(bell)} {}
    ~TakenDown() { bell_->take_down(); }
    TakenDown(const TakenDown&) = delete;
    TakenDown& operator=(const TakenDown&) = delete;

private:
    std::shared_ptr<ThreadBell> bell_;
};

} // namespace demo
