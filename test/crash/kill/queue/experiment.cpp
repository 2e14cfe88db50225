// SPDX-License-Identifier: BSL-1.0
#include "experiment.hpp"

#include <algorithm>

#include <unistd.h>

#include "crash/kill/harness/stepper.hpp"
#include "support/poll_fifo.hpp"
#include "support/unique_name.hpp"

namespace crash {

namespace {

enum Verb { create, go_on };

std::string at(std::size_t point, First first) {
    return "point " + std::to_string(point) + ", variant " +
           std::to_string(static_cast<int>(first));
}

std::size_t size_of_messages(const Scenario& scenario) {
    return scenario.waiting.empty() ? 40 : scenario.waiting.front().body.size();
}

} // namespace

Experiment::Experiment(const Subject& subject, const Scenario& scenario, WaitOptions patience)
    : subject_{subject}, scenario_{scenario}, patience_{patience} {
    const auto survivor = std::make_shared<Survivor>(subject, scenario.shape, patience);
    survivor_ = std::make_unique<CommandProcess>([this, survivor](const Command& command) {
        const std::string name_of_queue = command.name.data();
        if (command.verb == create) {
            survivor->create(name_of_queue, size_of_messages(scenario_));
        } else {
            survivor->go_on(static_cast<First>(command.argument), possible(),
                            scenario_.may_shut_down, scenario_.may_unlink);
            scenario_.afterwards(name_of_queue);
        }
        return report(Fault::none, {}, survivor->slowest_ms());
    });
    rehearse(scenario);
}

// Work that is done only the first time is done here, and not in the stepped process.
void Experiment::rehearse(const Scenario& scenario) {
    name_ = test::unique_name();
    {
        const auto queue = subject_.create(name_, scenario.shape);
        Actor actor{subject_, name_, scenario.shape};
        set_the_stage(actor, scenario);
        scenario.operation(actor);
    }
    clean_up();
}

// A message leased by the first process may or may not be back when the second process comes.
Outcomes Experiment::possible() const {
    const Outcomes after_first = possible_after(scenario_, {initial(scenario_)});
    if (second_ == nullptr) {
        return after_first;
    }
    Outcomes after_both;
    for (const auto& each : after_first) {
        for (const auto& before : {each, all_back(each)}) {
            const Outcomes after = possible_after(*second_, before);
            after_both.insert(after_both.end(), after.begin(), after.end());
        }
    }
    return after_both;
}

void Experiment::clean_up() const {
    const std::string poll_fifo =
        scenario_.shape.polled ? test::poll_fifo_of(subject_.path(name_)) : "";
    subject_.unlink(name_);
    if (!poll_fifo.empty()) { // survivors have it open and will be killed
        unlink(poll_fifo.c_str());
    }
    if (scenario_.shape.max_attempts > 0) {
        subject_.unlink(dead_letters_of(name_));
    }
}

void Experiment::set_up() {
    name_ = test::unique_name();
    const Report made = survivor_->ask(command(create, 0, name_), WaitOptions{}.all);
    if (made.fault != Fault::none) {
        throw std::runtime_error{std::string{"creating a queue: "} + made.text.data()};
    }
}

void Experiment::act(const Scenario& scenario) const {
    Actor actor{subject_, name_, scenario.shape};
    set_the_stage(actor, scenario);
    operation_begins();
    scenario.operation(actor);
    operation_ends();
}

Report Experiment::let_survivors_go_on(First first) {
    const Report report =
        survivor_->ask(command(go_on, static_cast<int>(first), name_), patience_.all);
    clean_up();
    return report;
}

Trace Experiment::run_through() {
    set_up();
    const OnOneProcessor together;
    Stepper actor{[this] { act(scenario_); }};
    Trace trace{actor, subject_.path(name_)};
    actor.kill();
    clean_up();
    return trace;
}

Report Experiment::kill_at(const Route& route, First first) {
    set_up();
    {
        const OnOneProcessor together;
        Stepper actor{[this] { act(scenario_); }};
        bring(actor, route);
    }
    return let_survivors_go_on(first);
}

Figures Experiment::kill_at(Choice choice) {
    const Trace trace = run_through();
    const int variants = subject_.is_robust ? firsts : firsts_of_others;
    const int quick = std::min(variants, quick_firsts);
    Figures figures{scenario_.name};
    figures.states = trace.distinct().size();
    int turn = 0;
    const auto has_hung_enough = [&] { return figures.hung >= patience_.hangs; };
    for (const std::size_t point : some(trace.all(), choice.points)) {
        if (has_hung_enough()) {
            break;
        }
        const auto first = static_cast<First>(turn++ % quick);
        figures.note(kill_at(trace.route_to(point), first), at(point, first));
    }
    for (const std::size_t point : trace.distinct()) {
        for (int i = 0; choice.states && i < variants && !has_hung_enough(); ++i) {
            const auto first = static_cast<First>(i);
            figures.note(kill_at(trace.route_to(point), first), at(point, first));
        }
    }
    return figures;
}

// The second process opens the queue before the first one does anything.
void Experiment::act_second(const Scenario& scenario) const {
    Actor actor{subject_, name_, scenario.shape, subject_.open(name_)};
    scenario.prepares(actor);
    operation_begins();
    scenario.operation(actor);
    operation_ends();
}

Trace Experiment::run_through_second(const Scenario& second, const Route& first) {
    set_up();
    const OnOneProcessor together;
    Stepper next{[&] { act_second(second); }};
    {
        Stepper actor{[this] { act(scenario_); }};
        bring(actor, first);
    }
    Trace trace{next, subject_.path(name_)};
    next.kill();
    clean_up();
    return trace;
}

Report Experiment::kill_both_at(const Route& first, const Scenario& second, const Route& again,
                                First then) {
    set_up();
    {
        const OnOneProcessor together;
        Stepper next{[&] { act_second(second); }};
        {
            Stepper actor{[this] { act(scenario_); }};
            bring(actor, first);
        }
        bring(next, again);
    }
    return let_survivors_go_on(then);
}

Figures Experiment::kill_again_at(const Scenario& second, Pairs pairs) {
    second_ = &second;
    survivor_->dismiss(); // the next survivor knows about the second process
    const Trace trace = run_through();
    Figures figures{scenario_.name + ", then " + second.name};
    int turn = 0;
    for (const std::size_t point : some(trace.distinct(), pairs.first)) {
        const Route route = trace.route_to(point);
        const Trace after = run_through_second(second, route);
        figures.states += after.distinct().size();
        for (const std::size_t again : some(after.distinct(), pairs.second)) {
            if (figures.hung >= patience_.hangs) {
                break;
            }
            const auto first = static_cast<First>(turn++ % quick_firsts);
            figures.note(kill_both_at(route, second, after.route_to(again), first),
                         at(point, first) + ", again at " + std::to_string(again));
        }
    }
    second_ = nullptr;
    survivor_->dismiss();
    return figures;
}

} // namespace crash
