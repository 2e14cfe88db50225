// SPDX-License-Identifier: BSL-1.0
#include "crash/kill/harness/child.hpp"
#include "gate_experiment.hpp"

#include <unistd.h>

namespace crash {

using namespace std::chrono_literals;

namespace {

void take(Gate& gate, int count) {
    for (int i = 0; i < count; ++i) {
        (void)gate.acquire_for(0ms);
    }
}

/// A process dies with this many permits.
auto dies_with(int count) {
    return [count](const GateSubject& subject, const std::string& name) {
        Child{[&] {
            const auto gate = subject.open(name);
            take(*gate, count);
            _exit(0);
        }}.wait();
    };
}

using Operation =
    std::function<void(const GateSubject&, const std::string&, std::unique_ptr<Gate>&)>;

Operation on_handle(std::function<void(Gate&)> body) {
    return [body](const GateSubject&, const std::string&, std::unique_ptr<Gate>& gate) {
        body(*gate);
    };
}

} // namespace

std::vector<GateScenario> acquiring() {
    const auto acquire = on_handle([](Gate& gate) { (void)gate.acquire_for(0ms); });
    return {
        {.name = "acquire", .operation = acquire},
        {.name = "acquire the last", .permits = 1, .operation = acquire},
        {.name = "acquire in vain",
         .permits = 2,
         .prepares = [](Gate& gate) { take(gate, 2); },
         .operation = acquire,
         .leaves_one = true},
        {.name = "acquire what a dead one held",
         .permits = 2,
         .before = dies_with(2),
         .operation = acquire,
         .leaves_one = true},
    };
}

std::vector<GateScenario> releasing() {
    return {
        {.name = "release the only one",
         .prepares = [](Gate& gate) { take(gate, 1); },
         .operation = on_handle([](Gate& gate) { gate.release(1); })},
        {.name = "release one of two",
         .prepares = [](Gate& gate) { take(gate, 2); },
         .operation = on_handle([](Gate& gate) { gate.release(1); }),
         .leaves_one = true},
        {.name = "release three at once",
         .prepares = [](Gate& gate) { take(gate, 3); },
         .operation = on_handle([](Gate& gate) { gate.release(3); })},
        {.name = "release one and two new ones",
         .prepares = [](Gate& gate) { take(gate, 1); },
         .operation = on_handle([](Gate& gate) { gate.release(3); }),
         .makes = 2},
    };
}

std::vector<GateScenario> coming_and_going() {
    return {
        {.name = "open",
         .operation = [](const GateSubject& subject, const std::string& name,
                         std::unique_ptr<Gate>& gate) { gate = subject.open(name); }},
        {.name = "open after a death",
         .before = dies_with(2),
         .operation = [](const GateSubject& subject, const std::string& name,
                         std::unique_ptr<Gate>& gate) { gate = subject.open(name); },
         .leaves_one = true},
        {.name = "close with two",
         .prepares = [](Gate& gate) { take(gate, 2); },
         .operation = [](const GateSubject&, const std::string&,
                         std::unique_ptr<Gate>& gate) { gate.reset(); },
         .leaves_one = true},
        {.name = "ask for value and holders",
         .before = dies_with(1),
         .prepares = [](Gate& gate) { take(gate, 1); },
         .operation = on_handle([](Gate& gate) {
             (void)gate.value();
             if (auto* const semaphore = gate.robust()) {
                 (void)semaphore->holders();
             }
         }),
         .leaves_one = true},
    };
}

} // namespace crash
