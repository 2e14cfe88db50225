// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include "crash/kill/harness/figures.hpp"
#include "crash/kill/harness/servant.hpp"
#include "crash/kill/harness/trace.hpp"
#include "scenario.hpp"
#include "survivor.hpp"

namespace crash {

/// It is the optimised build that is stepped through; of another one, a little.
#ifdef __OPTIMIZE__
constexpr bool optimised = true;
#else
constexpr bool optimised = false;
#endif

/// Which of an operation's points are tried.
struct Choice {
    /// All, or if these are more, as many of them, evenly spread.
    std::size_t points = 0;

    /// And the first of each distinct state, once for each thing that survivors may do first.
    bool states = true;
};

/// Which states are tried, of the operation and of each of what the second one does after it.
struct Pairs {
    std::size_t first = 1000;
    std::size_t second = 1000;
};

/// Kills an operation at its points, each time in a fresh queue, and has a survivor go on.
class Experiment {
public:
    Experiment(const Subject& subject, const Scenario& scenario, WaitOptions patience = {});
    ~Experiment() { clean_up(); }
    Experiment(const Experiment&) = delete;
    Experiment& operator=(const Experiment&) = delete;

    Figures kill_at(Choice choice);

    /// Kills an operation in each state, then another process at each of the states of what it
    /// does next, which has to mend what the first left.
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
    std::unique_ptr<Servant> survivor_;
};

} // namespace crash
