// SPDX-License-Identifier: BSL-1.0
#include "common/signals.hpp"

#include <atomic>

#include <signal.h>

#include "common/errors.hpp"

namespace demo {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait for a lock");

void note(int) { interrupted.store(true, std::memory_order_relaxed); }

} // namespace

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = note; // and no SA_RESTART, so that waiting calls end
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

void wait_for_any(std::span<pollfd> sources) {
    sigset_t held;
    sigset_t before;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    int ready = 0;
    do {
        pthread_sigmask(SIG_BLOCK, &held, &before);
        if (!interrupted) { // nor can it be set until ppoll() waits
            ready = ppoll(sources.data(), sources.size(), nullptr, &before);
        }
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw_if_interrupted();
    } while (ready <= 0);
}

} // namespace demo
