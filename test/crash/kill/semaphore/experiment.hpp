// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crash/kill/harness/figures.hpp"
#include "crash/kill/harness/trace.hpp"
#include "crash/kill/queue/experiment.hpp"
#include "subject.hpp"

namespace crash {

/// One operation on a semaphore, in one situation. A survivor holds one permit in addition to
/// `permits` all the time.
struct SemaphoreScenario {
    std::string name;
    unsigned permits = 3;

    /// Earlier actions of other processes, some of which are dead by now.
    std::function<void(const SemaphoreSubject&, const std::string& name)> before =
        [](const SemaphoreSubject&, const std::string&) {};

    /// The actor's actions before the operation.
    std::function<void(SemaphoreUnderTest&)> prepares = [](SemaphoreUnderTest&) {};

    /// The operation. It may replace or close the handle.
    std::function<void(const SemaphoreSubject&, const std::string& name,
                       std::unique_ptr<SemaphoreUnderTest>& semaphore)>
        operation;

    /// The number of permits that the operation makes, if it gets that far.
    unsigned makes = 0;

    /// Whether a dead process has left a permit, wherever the actor is killed.
    bool leaves_one = false;
};

std::vector<SemaphoreScenario> acquiring();
std::vector<SemaphoreScenario> releasing();
std::vector<SemaphoreScenario> coming_and_going();

/// Kills a process at the points of an operation, each time on a new semaphore. The survivors must
/// find all permits and no more, and none of them may wait forever.
class SemaphoreExperiment {
public:
    /// A survivor whose call takes longer than `patience` counts as hung.
    SemaphoreExperiment(const SemaphoreSubject& subject, const SemaphoreScenario& scenario,
                        milliseconds patience = milliseconds{10'000});

    Figures kill_at(std::size_t points);

    /// Also kills a second process in its action after that, at each distinct state of both.
    Figures kill_again_at(const SemaphoreScenario& second, Pairs pairs);

private:
    void set_up();
    void clean_up();
    void act(const SemaphoreScenario& scenario) const;
    Trace trace_of_mending(const SemaphoreScenario& second,
                           const std::function<void()>& kill_first);
    Report let_survivors_go_on(unsigned makes, bool leaves_one);
    void expect_permits(SemaphoreUnderTest& survivor, unsigned makes);
    unsigned take_all(SemaphoreUnderTest& survivor, unsigned wanted, bool& from_dead);

    const SemaphoreSubject& subject_;
    const SemaphoreScenario& scenario_;
    milliseconds patience_;
    std::string name_;
    std::unique_ptr<SemaphoreUnderTest> survivor_;
};

} // namespace crash
