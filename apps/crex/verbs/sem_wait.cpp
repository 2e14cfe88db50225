// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <chrono>

#include <poll.h>

#include <crex/robust_semaphore.hpp>
#include <crex/semaphore.hpp>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

// The time left, in poll(2)'s milliseconds; at most a day, after which the caller asks again.
int next_wait(const crex::Timeout& timeout, std::chrono::steady_clock::time_point begin) {
    constexpr std::chrono::nanoseconds day = 24h;
    if (timeout.is_forever()) {
        return -1;
    }
    const auto left = timeout.limit() - (std::chrono::steady_clock::now() - begin);
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(
                                std::clamp<std::chrono::nanoseconds>(left, 0ns, day))
                                .count());
}

template <class Semaphore> bool waited_for(Semaphore semaphore, const crex::Timeout& timeout) {
    const auto begin = std::chrono::steady_clock::now();
    while (semaphore.value() == 0) {
        pollfd ready{semaphore.ready_fd(), POLLIN, 0};
        const int wait = next_wait(timeout, begin);
        if (wait == 0) {
            return false;
        }
        ::poll(&ready, 1, wait);
    }
    return true;
}

bool waited_for(const Target& target, const crex::Timeout& timeout, crex::Server* at) {
    return target.kind == crex::ObjectKind::robust_semaphore
               ? waited_for(crex::RobustSemaphore{target.name, 0, {.at = at}}, timeout)
               : waited_for(crex::Semaphore{target.name}, timeout);
}

ExitStatus run_sem_wait(const Invocation& given) {
    const Target target = resolve_semaphore(given);
    if (!waited_for(target, timeout_of(given), server_of(given))) {
        throw Failure{busy, printable(target.name) + ": no permit in time"};
    }
    return fine;
}

} // namespace

extern const Verb sem_wait{
    .name = "sem wait",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "wait until a permit is free, without taking it",
    .description =
        R"(Waits until the semaphore's value is above zero, and leaves it as it is: for a semaphore
which says that something has happened. It looks every 50 ms, so a permit that comes and goes in
between is missed.)",
    .options = {{"timeout,t", "DURATION",
                 "give up after that long, with exit status 75; 0 is at once"},
                {"backend,b", "BACKEND", "robust or posix, where both have the name"},
                at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_sem_wait,
};

} // namespace cli
