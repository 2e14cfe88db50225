// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "harness/clock.hpp"
#include "harness/processes.hpp"
#include "methods/kinds.hpp"
#include "methods/message.hpp"
#include "methods/percentile.hpp"
#include "methods/setting.hpp"
#include "methods/timed_calls.hpp"

// What semaphores cost.

namespace bench {

// One acquire and release by one process, in ns for the two.
struct Uncontended {
    template <SemaphoreKind Semaphore> [[nodiscard]] bool fits() const { return true; }
};

// How long it takes to wake another process with a semaphore and to be woken by it with another
// one: percentiles, in µs.
struct HandOver {
    template <SemaphoreKind Semaphore> [[nodiscard]] bool fits() const { return true; }
};

template <SemaphoreKind Semaphore>
void measure(const Uncontended&, SharedState& shared, const Setting& setting) {
    constexpr int burst = 1000;
    move_to(Place::first_cpu);
    Semaphore::create(setting.object, 1);
    Semaphore semaphore{setting.object};
    remove_early<Semaphore>(setting.object);
    const auto wanted = static_cast<std::int64_t>(setting.seconds * ns_per_s);
    const std::int64_t start = now_ns();
    std::int64_t elapsed = 0;
    std::int64_t pairs = 0;
    while (elapsed < wanted) {
        for (int pair = 0; pair < burst; ++pair) {
            semaphore.acquire();
            semaphore.release();
        }
        pairs += burst;
        elapsed = now_ns() - start;
    }
    shared.answer({static_cast<double>(elapsed) / static_cast<double>(pairs)});
}

// Answers each call until the caller has stopped. Returns how many calls there were.
template <SemaphoreKind Semaphore>
std::uint64_t answer_calls(const SharedState& shared, Semaphore& calls, Semaphore& answers) {
    std::uint64_t count = 0;
    for (;;) {
        calls.acquire();
        if (shared.stopped) {
            return count;
        }
        ++count;
        answers.release();
    }
}

template <SemaphoreKind Semaphore> void call_and_wait(SharedState& shared, const Setting& setting) {
    Semaphore calls{setting.object};
    Semaphore answers{setting.answers()};
    shared.meet();
    remove_early<Semaphore>(setting.object);
    remove_early<Semaphore>(setting.answers());
    std::uint64_t count = 0;
    const auto call = [&] {
        ++count;
        calls.release();
        answers.acquire();
    };
    (void)timed_calls(setting.seconds / 10, call); // to warm up
    auto took = timed_calls(setting.seconds, call);
    shared.stopped = true;
    calls.release();
    shared.meet();
    if (shared.answered != count) {
        throw WrongResult{"a semaphore was acquired more or less often than released"};
    }
    shared.answer(round_trip_figures(took));
}

template <SemaphoreKind Semaphore>
void measure(const HandOver&, SharedState& shared, const Setting& setting) {
    Semaphore::create(setting.object, 0);
    Semaphore::create(setting.answers(), 0);
    const Role caller{Place::first_cpu, [&](auto&) { call_and_wait<Semaphore>(shared, setting); }};
    const Role answerer{Place::second_cpu, [&](auto&) {
                            Semaphore calls{setting.object};
                            Semaphore answers{setting.answers()};
                            shared.meet();
                            shared.answered = answer_calls(shared, calls, answers);
                            shared.meet();
                        }};
    const Role roles[] = {caller, answerer};
    play(shared, roles);
}

} // namespace bench
