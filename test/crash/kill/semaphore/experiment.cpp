// SPDX-License-Identifier: BSL-1.0
#include "experiment.hpp"

#include <chrono>

#include "crash/kill/harness/contents.hpp"
#include "crash/kill/harness/stepper.hpp"
#include "support/unique_name.hpp"

namespace crash {

using namespace std::chrono_literals;

namespace {

constexpr auto at_once = 0ms;

} // namespace

SemaphoreExperiment::SemaphoreExperiment(const SemaphoreSubject& subject,
                                         const SemaphoreScenario& scenario, milliseconds patience)
    : subject_{subject}, scenario_{scenario}, patience_{patience} {
    set_up(); // one-time work is done here, and not in the stepped process
    auto semaphore = subject_.open(name_);
    scenario_.prepares(*semaphore);
    scenario_.operation(subject_, name_, semaphore);
    semaphore.reset();
    clean_up();
}

void SemaphoreExperiment::set_up() {
    name_ = test::unique_name();
    survivor_ = subject_.create(name_, scenario_.permits + 1);
    (void)survivor_->acquire_for(at_once);
    scenario_.before(subject_, name_);
}

void SemaphoreExperiment::clean_up() {
    survivor_.reset();
    subject_.unlink(name_);
}

void SemaphoreExperiment::act(const SemaphoreScenario& scenario) const {
    auto semaphore = subject_.open(name_);
    scenario.prepares(*semaphore);
    operation_begins();
    scenario.operation(subject_, name_, semaphore);
    operation_ends();
}

Figures SemaphoreExperiment::kill_at(std::size_t points) {
    set_up();
    const OnOneProcessor together;
    const Trace trace = [&] {
        Stepper actor{[this] { act(scenario_); }};
        return Trace{actor, subject_.path(name_)};
    }();
    clean_up();
    Figures figures{std::string{subject_.name} + ", " + scenario_.name};
    figures.states = trace.distinct().size();
    for (const std::size_t point : some(trace.all(), points)) {
        set_up();
        {
            Stepper actor{[this] { act(scenario_); }};
            bring(actor, trace.route_to(point));
        }
        figures.note(let_survivors_go_on(scenario_.makes, scenario_.leaves_one),
                     "point " + std::to_string(point));
    }
    return figures;
}

Figures SemaphoreExperiment::kill_again_at(const SemaphoreScenario& second, Pairs pairs) {
    const OnOneProcessor together;
    set_up();
    const Trace first = [&] {
        Stepper actor{[this] { act(scenario_); }};
        return Trace{actor, subject_.path(name_)};
    }();
    clean_up();
    Figures figures{scenario_.name + ", then " + second.name};
    for (const std::size_t point : some(first.distinct(), pairs.first)) {
        const auto kill_first = [&] {
            Stepper actor{[this] { act(scenario_); }};
            bring(actor, first.route_to(point));
        };
        const Trace then = trace_of_mending(second, kill_first);
        figures.states += then.distinct().size();
        for (const std::size_t again : some(then.distinct(), pairs.second)) {
            set_up();
            {
                Stepper next{[&] { act(second); }}; // opened before the first process dies
                kill_first();
                bring(next, then.route_to(again));
            }
            figures.note(let_survivors_go_on(scenario_.makes + second.makes, scenario_.leaves_one),
                         "point " + std::to_string(point) + ", again at " + std::to_string(again));
        }
    }
    return figures;
}

Trace SemaphoreExperiment::trace_of_mending(const SemaphoreScenario& second,
                                            const std::function<void()>& kill_first) {
    set_up();
    Trace trace = [&] {
        Stepper next{[&] { act(second); }};
        kill_first();
        return Trace{next, subject_.path(name_)};
    }();
    clean_up();
    return trace;
}

Report SemaphoreExperiment::let_survivors_go_on(unsigned makes, bool leaves_one) {
    const auto began = std::chrono::steady_clock::now();
    Report result = report(Fault::none, {});
    try {
        bool from_dead = false;
        expect_permits(*survivor_, makes);
        const unsigned there = survivor_->value();
        if (const unsigned taken = take_all(*survivor_, there, from_dead); taken != there) {
            result = report(Fault::hung,
                            "took " + std::to_string(taken) + " of " + std::to_string(there));
        } else if (leaves_one && survivor_->robust() != nullptr && !from_dead) {
            result = report(Fault::other, "nobody was told that a holder had died");
        }
        survivor_->release(there);
        expect_permits(*subject_.open(name_), makes); // a new handle finds them too
    } catch (const Complaint& problem) {
        result = report(problem.fault, problem.what());
    } catch (const std::exception& error) {
        result = report(Fault::other, error.what());
    }
    clean_up();
    result.milliseconds =
        static_cast<int>((std::chrono::steady_clock::now() - began) / std::chrono::milliseconds{1});
    return result;
}

// All permits must be there, and at most `makes` in addition.
void SemaphoreExperiment::expect_permits(SemaphoreUnderTest& survivor, unsigned makes) {
    const auto end = std::chrono::steady_clock::now() + patience_;
    unsigned there = survivor.value();
    while (there < scenario_.permits && std::chrono::steady_clock::now() < end) {
        if (survivor.acquire_for(at_once)) { // or scan for dead holders
            survivor.release(1);
        }
        there = survivor.value();
    }
    if (there < scenario_.permits) {
        throw Complaint{Fault::lost, std::to_string(there) + " permits"};
    }
    if (there > scenario_.permits + makes) {
        throw Complaint{Fault::duplicated, std::to_string(there) + " permits"};
    }
}

unsigned SemaphoreExperiment::take_all(SemaphoreUnderTest& survivor, unsigned wanted,
                                       bool& from_dead) {
    unsigned taken = 0;
    while (taken < wanted && survivor.acquire_for(patience_)) {
        ++taken;
        const auto* const semaphore = survivor.robust();
        from_dead = from_dead || (semaphore != nullptr && semaphore->previous_holder_died());
    }
    if (taken == wanted && survivor.acquire_for(at_once)) {
        throw Complaint{Fault::duplicated, "one permit more than the value says"};
    }
    return taken;
}

} // namespace crash
