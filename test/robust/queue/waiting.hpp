// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/outcome_of.hpp"
#include "support/process.hpp"

namespace test {

/// A thread that is already waiting in a call; outcome() returns the result of the call.
class Waiting {
public:
    using Call = std::function<void(crex::MessageQueue&)>;

    Waiting(crex::MessageQueue& queue, const Call& call)
        : thread_{[this, &queue, call] {
              thread_id_ = gettid();
              outcome_ = outcome_of([&] { return call(queue), done; });
          }} {
        while (thread_id_ == 0) {
            std::this_thread::yield();
        }
        wait_until_asleep(thread_id_);
    }

    int outcome() {
        thread_.join();
        return outcome_;
    }

private:
    std::atomic<pid_t> thread_id_{0};
    int outcome_ = done;
    std::thread thread_;
};

} // namespace test
