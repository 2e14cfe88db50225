// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include "crash/kill/harness/command_process.hpp"
#include "crash/kill/harness/figures.hpp"
#include "crash/kill/harness/trace.hpp"
#include "scenario.hpp"
#include "survivor.hpp"

namespace crash {

/// The points of an operation that are tried.
struct Choice {
    /// All points, or if there are more than this, as many of them, evenly spread.
    std::size_t points = 0;

    /// In addition the first point of each distinct state, once for each first action of the
    /// survivors.
    bool states = true;
};

/// The states that are tried: of the operation, and of the second process's action after each of
/// them.
struct Pairs {
    std::size_t first = 1000;
    std::size_t second = 1000;
};

/// Kills an operation at its points, each time in a new queue, and lets a survivor go on.
class Experiment {
public:
    Experiment(const Subject& subject, const Scenario& scenario, WaitOptions patience = {});
    ~Experiment() { clean_up(); }
    Experiment(const Experiment&) = delete;
    Experiment& operator=(const Experiment&) = delete;

    Figures kill_at(Choice choice);

    /// Kills an operation in each state. Then kills another process at each state of its next
    /// action, which must recover from the first death.
    Figures kill_again_at(const Scenario& second, Pairs pairs);

private:
    void set_up();
    void clean_up() const;
    void act(const Scenario& scenario) const;
    void act_second(const Scenario& scenario) const;
    [[nodiscard]] Trace run_through();
    Report kill_at(const Route& route, First first);
    [[nodiscard]] Trace run_through_second(const Scenario& second, const Route& first);
    Report kill_both_at(const Route& first, const Scenario& second, const Route& again, First next);
    Report let_survivors_go_on(First first);
    [[nodiscard]] Outcomes possible() const;
    void rehearse(const Scenario& scenario);

    const Subject& subject_;
    const Scenario& scenario_;
    WaitOptions patience_;
    const Scenario* second_ = nullptr;
    std::string name_;
    std::unique_ptr<CommandProcess> survivor_;
};

} // namespace crash
