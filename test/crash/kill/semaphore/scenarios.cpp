// SPDX-License-Identifier: BSL-1.0
#include "crash/kill/harness/child.hpp"
#include "experiment.hpp"

#include <unistd.h>

namespace crash {

using namespace std::chrono_literals;

namespace {

void take(SemaphoreUnderTest& semaphore, int count) {
    for (int i = 0; i < count; ++i) {
        (void)semaphore.acquire_for(0ms);
    }
}

/// A process dies with this many permits.
auto dies_with(int count) {
    return [count](const SemaphoreSubject& subject, const std::string& name) {
        Child{[&] {
            const auto semaphore = subject.open(name);
            take(*semaphore, count);
            _exit(0);
        }}.wait();
    };
}

using Operation = std::function<void(const SemaphoreSubject&, const std::string&,
                                     std::unique_ptr<SemaphoreUnderTest>&)>;

Operation on_handle(std::function<void(SemaphoreUnderTest&)> body) {
    return [body](const SemaphoreSubject&, const std::string&,
                  std::unique_ptr<SemaphoreUnderTest>& semaphore) { body(*semaphore); };
}

} // namespace

std::vector<SemaphoreScenario> acquiring() {
    const auto acquire =
        on_handle([](SemaphoreUnderTest& semaphore) { (void)semaphore.acquire_for(0ms); });
    return {
        {.name = "acquire", .operation = acquire},
        {.name = "acquire the last", .permits = 1, .operation = acquire},
        {.name = "acquire in vain",
         .permits = 2,
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 2); },
         .operation = acquire,
         .leaves_one = true},
        {.name = "acquire what a dead one held",
         .permits = 2,
         .before = dies_with(2),
         .operation = acquire,
         .leaves_one = true},
    };
}

std::vector<SemaphoreScenario> releasing() {
    return {
        {.name = "release the only one",
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 1); },
         .operation = on_handle([](SemaphoreUnderTest& semaphore) { semaphore.release(1); })},
        {.name = "release one of two",
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 2); },
         .operation = on_handle([](SemaphoreUnderTest& semaphore) { semaphore.release(1); }),
         .leaves_one = true},
        {.name = "release three at once",
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 3); },
         .operation = on_handle([](SemaphoreUnderTest& semaphore) { semaphore.release(3); })},
        {.name = "release one and two new ones",
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 1); },
         .operation = on_handle([](SemaphoreUnderTest& semaphore) { semaphore.release(3); }),
         .makes = 2},
    };
}

std::vector<SemaphoreScenario> coming_and_going() {
    return {
        {.name = "open",
         .operation =
             [](const SemaphoreSubject& subject, const std::string& name,
                std::unique_ptr<SemaphoreUnderTest>& semaphore) {
                 semaphore = subject.open(name);
             }},
        {.name = "open after a death",
         .before = dies_with(2),
         .operation =
             [](const SemaphoreSubject& subject, const std::string& name,
                std::unique_ptr<SemaphoreUnderTest>& semaphore) { semaphore = subject.open(name); },
         .leaves_one = true},
        {.name = "close with two",
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 2); },
         .operation = [](const SemaphoreSubject&, const std::string&,
                         std::unique_ptr<SemaphoreUnderTest>& semaphore) { semaphore.reset(); },
         .leaves_one = true},
        {.name = "ask for value and holders",
         .before = dies_with(1),
         .prepares = [](SemaphoreUnderTest& semaphore) { take(semaphore, 1); },
         .operation = on_handle([](SemaphoreUnderTest& semaphore) {
             (void)semaphore.value();
             if (auto* const handle = semaphore.robust()) {
                 (void)handle->holders();
             }
         }),
         .leaves_one = true},
    };
}

} // namespace crash
