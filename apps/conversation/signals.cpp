// SPDX-License-Identifier: BSL-1.0
#include "conversation/signals.hpp"

#include <atomic>

#include <signal.h>

#include "conversation/errors.hpp"

namespace demo {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait for a lock");

void note(int) { interrupted.store(true, std::memory_order_relaxed); }

} // namespace

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = note; // and no SA_RESTART: whatever waits is to end
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

void throw_if_interrupted() {
    if (interrupted.load(std::memory_order_relaxed)) {
        throw Interrupted{};
    }
}

} // namespace demo
