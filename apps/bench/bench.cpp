// SPDX-License-Identifier: BSL-1.0

// Measures queues, rings and semaphores side by side, between real processes: crex's, those of
// other libraries and the kernel's, and what the machine's parts cost. Rounds are interleaved, so
// that a disturbance of the machine affects all subjects.

#include <algorithm>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include <unistd.h>

#include "harness/background_load.hpp"
#include "harness/cache_probe.hpp"
#include "harness/journal.hpp"
#include "harness/measurement.hpp"
#include "harness/options.hpp"
#include "harness/progress.hpp"

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

bool is_wanted(const Scenario& scenario, const Options& options) {
    return std::any_of(scenario.figures.begin(), scenario.figures.end(), [&](const Figure& figure) {
        return std::regex_search(full_name(scenario, figure), options.only);
    });
}

bool is_wanted(const Subject& subject, const Scenario& scenario, const Options& options) {
    const auto& its = scenario.subjects;
    return subject.suite == scenario.suite &&
           (its.empty() || std::find(its.begin(), its.end(), subject.name) != its.end()) &&
           std::regex_search(std::string{subject.name}, options.subjects) &&
           subject.fits(scenario.method);
}

struct Case {
    const Scenario& scenario;
    std::vector<Subject> subjects; // those that have failed once are taken out

    [[nodiscard]] bool is_due(unsigned round) const {
        return scenario.when == When::always || round == 1 ||
               (scenario.when == When::thrice && round <= 3);
    }
};

std::vector<Case> chosen(const Options& options) {
    std::vector<Case> cases;
    for (const Scenario& scenario : scenarios()) {
        if (!is_wanted(scenario, options) || (options.quick && scenario.when == When::once_full)) {
            continue;
        }
        Case its{scenario, {}};
        for (const Subject& subject : subjects()) {
            if (is_wanted(subject, scenario, options)) {
                its.subjects.push_back(subject);
            }
        }
        cases.push_back(std::move(its));
    }
    return cases;
}

std::size_t count_measurements(const std::vector<Case>& cases, unsigned rounds) {
    std::size_t count = 0;
    for (unsigned round = 1; round <= rounds; ++round) {
        for (const Case& each : cases) {
            count += each.is_due(round) ? each.subjects.size() : 0;
        }
    }
    return count;
}

class Run {
public:
    explicit Run(const Options& options, std::ostream& out)
        : options_{options}, journal_{out}, random_{options.seed}, cases_{chosen(options)},
          progress_{count_measurements(cases_, options.rounds)} {}

    void start() {
        journal_.about();
        for (const Subject& subject : subjects()) {
            journal_.about(subject);
        }
        for (unsigned round = 1; round <= options_.rounds && interrupted == 0; ++round) {
            const BackgroundLoad others;
            for (Case& each : cases_) {
                if (each.is_due(round) && interrupted == 0) {
                    measure(round, each);
                }
            }
            journal_.others(round, others.processors());
        }
    }

private:
    void measure(unsigned round, Case& its) {
        journal_.probe(round, cacheline_round_trip_ns());
        std::shuffle(its.subjects.begin(), its.subjects.end(), random_);
        // A subject that failed once is not tried again: it may have taken long.
        std::erase_if(its.subjects, [&](const Subject& subject) {
            return interrupted != 0 || !has_measured(round, its.scenario, subject);
        });
    }

    bool has_measured(unsigned round, const Scenario& scenario, const Subject& subject) {
        const Setting setting{"/crex-bench." + std::to_string(getpid()), options_.seconds};
        progress_.next(scenario.figures.front().name, subject.name);
        const unsigned limit = options_.limit * (scenario.when == When::once_full ? 3 : 1);
        const Outcome outcome = measure_once(scenario, subject, setting, limit);
        if (interrupted == 0) {
            journal_.outcome(round, scenario, subject, outcome);
        }
        return outcome.ending == Ending::done;
    }

    const Options& options_;
    Journal journal_;
    std::mt19937 random_;
    std::vector<Case> cases_;
    Progress progress_;
};

// What else runs disturbs the figures; the results say how much that was.
void warn_if_busy() {
    const BackgroundLoad others;
    sleep(1);
    if (others.processors() > 0.1) {
        std::cerr << "WARNING: the machine is not idle: in the last second, other programs used "
                  << others.processors() << " processors. The figures are not to be trusted.\n";
    }
}

void run(const Options& options) {
    std::ofstream file;
    if (!options.output.empty()) {
        file.exceptions(std::ios::failbit | std::ios::badbit);
        file.open(options.output);
    }
    warn_if_busy();
    Run{options, options.output.empty() ? std::cout : file}.start();
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
            run(*options);
        }
        return interrupted != 0 ? 130 : EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "crex_bench: " << error.what() << '\n';
        return 2;
    }
}
