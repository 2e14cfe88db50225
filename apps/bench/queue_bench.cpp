// SPDX-License-Identifier: BSL-1.0

// Measures message queues side by side, between real processes: crex's robust one, Boost's and the
// kernel's. Also measures crex's ring beside the subjects that it is compared with. Rounds are
// interleaved, so that a disturbance of the machine affects all subjects.

#include <algorithm>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "queue/background_load.hpp"
#include "queue/cache_probe.hpp"
#include "queue/journal.hpp"
#include "queue/measurement.hpp"
#include "queue/options.hpp"

namespace {

using namespace bench;

volatile std::sig_atomic_t interrupted = 0;

// A signal ends the participants; this process lives on to clean up.
void heed_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

std::string full_name(const Scenario& scenario, const Figure& figure) {
    return std::string{scenario.suite} + "/" + figure.name;
}

bool belongs(const Subject& subject, const Scenario& scenario) {
    const auto& its = scenario.subjects;
    return subject.suite == scenario.suite &&
           (its.empty() || std::find(its.begin(), its.end(), subject.name) != its.end());
}

struct Plan {
    std::vector<Scenario> cases;
    std::vector<Subject> subjects;
    std::set<std::pair<const Scenario*, std::string_view>> given_up; // they failed once
};

Plan chosen(const Options& options) {
    Plan plan;
    for (const Scenario& scenario : scenarios()) {
        const auto is_wanted = [&](const Figure& figure) {
            return std::regex_search(full_name(scenario, figure), options.only);
        };
        if (std::any_of(scenario.figures.begin(), scenario.figures.end(), is_wanted)) {
            plan.cases.push_back(scenario);
        }
    }
    for (const Subject& subject : subjects()) {
        if (std::regex_search(std::string{subject.name}, options.subjects)) {
            plan.subjects.push_back(subject);
        }
    }
    return plan;
}

// A case that failed once is not tried again: it may have taken long.
void run_case(unsigned round, const Scenario& scenario, Plan& plan, const Options& options,
              Journal& journal) {
    const Setting setting{"/crex-bench." + std::to_string(getpid()), options.seconds};
    for (const Subject& subject : plan.subjects) {
        if (!belongs(subject, scenario) || plan.given_up.contains({&scenario, subject.name})) {
            continue;
        }
        const auto outcome = measure_once(scenario, subject, setting, options.limit);
        if (interrupted != 0) {
            return;
        }
        if (outcome.ending != Ending::done) {
            plan.given_up.emplace(&scenario, subject.name);
        }
        journal.outcome(round, scenario, subject, outcome);
    }
}

void run_round(unsigned round, Plan& plan, const Options& options, std::mt19937& random,
               Journal& journal) {
    const BackgroundLoad others;
    for (const Scenario& scenario : plan.cases) {
        journal.probe(round, cacheline_round_trip_ns());
        std::shuffle(plan.subjects.begin(), plan.subjects.end(), random);
        run_case(round, scenario, plan, options, journal);
        if (interrupted != 0) {
            return;
        }
    }
    journal.others(round, others.processors());
}

int run(const Options& options) {
    Plan plan = chosen(options);
    std::ofstream file;
    if (!options.output.empty()) {
        file.exceptions(std::ios::failbit | std::ios::badbit);
        file.open(options.output);
    }
    Journal journal{options.output.empty() ? std::cout : file};
    journal.about();
    std::mt19937 random{options.seed};
    for (unsigned round = 1; round <= options.rounds && !plan.cases.empty(); ++round) {
        std::cerr << "round " << round << " of " << options.rounds << std::endl;
        run_round(round, plan, options, random, journal);
        if (interrupted != 0) {
            return 130;
        }
    }
    return EXIT_SUCCESS;
}

void list() {
    for (const Scenario& scenario : scenarios()) {
        for (const Figure& figure : scenario.figures) {
            std::cout << full_name(scenario, figure) << '\n';
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto options = options_from(argc, argv);
        if (options && options->list) {
            list();
        } else if (options) {
            heed_interrupts();
            return run(*options);
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "queue_bench: " << error.what() << '\n';
        return 2;
    }
}
