// SPDX-License-Identifier: BSL-1.0

// Damages the memory of robust queues and then uses the queues:
//
//   mutants NAME FIRST COUNT    experiments FIRST to FIRST + COUNT - 1, in child processes
//   mutants NAME NUMBER         one experiment in this process, for a debugger, with a log
//
// NAME is the prefix of the queues' names. An experiment makes a queue in one of several states,
// mutates its bytes once, runs every operation on a handle that was open before, and then every
// operation on a handle opened after it. The program ends with 0 when all experiments kept the
// rules (see exerciser.hpp).

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <unistd.h>

#include "crash/corruption/exerciser.hpp"
#include "crash/corruption/mutation.hpp"
#include "crash/corruption/situation.hpp"
#include "crash/corruption/watch.hpp"

namespace {

using namespace hostile;
using namespace std::chrono_literals;

// This many experiments in a row use one queue, which is restored after each.
constexpr std::uint64_t in_a_row = 64;

Progress* progress = nullptr;
bool talkative = false;

void announce(const char* operation) {
    if (progress != nullptr) {
        progress->doing(operation);
    }
    if (talkative) {
        std::cout << operation << std::endl;
    }
}

QueueState queue_state_of(std::uint64_t number) {
    return static_cast<QueueState>(number / in_a_row % queue_states);
}

class Laboratory {
public:
    explicit Laboratory(std::string name) : name_{std::move(name)} {}

    void experiment(std::uint64_t number) {
        arrange(queue_state_of(number));
        RandomNumbers random{~number};
        QueueExerciser exerciser{random, tally_, announce, 5s};
        exerciser.prepare(situation_->handle());
        const std::string story = mutator_->mutate(situation_->bytes(), number);
        if (talkative) {
            std::cout << to_string(queue_state_of(number)) << ": " << story << std::endl;
        }
        exerciser.exercise(situation_->handle());
        exerciser.exercise_new_handle([&] { return situation_->open_another(); });
    }

    [[nodiscard]] const Tally& tally() const { return tally_; }

private:
    void arrange(QueueState queue_state) {
        if (situation_ && queue_state == queue_state_ && situation_->restore()) {
            return;
        }
        announce("arranging the next situation");
        situation_.reset();
        situation_ = std::make_unique<Situation>(name_, queue_state);
        mutator_ = std::make_unique<Mutator>(situation_->whole());
        queue_state_ = queue_state;
    }

    std::string name_;
    QueueState queue_state_{};
    std::unique_ptr<Situation> situation_;
    std::unique_ptr<Mutator> mutator_;
    Tally tally_{};
};

std::string name_in(const std::string& prefix, int pid) {
    return prefix + "-" + std::to_string(pid);
}

// An experiment that was late is repeated: a machine may stand still for seconds. A fault of the
// queue happens again.
void make(Laboratory& laboratory, std::uint64_t number) {
    try {
        laboratory.experiment(number);
    } catch (const BrokenRule& rule) {
        if (!rule.late) {
            throw;
        }
        laboratory.experiment(number);
    }
}

void work(const std::string& prefix, Progress& mine, std::uint64_t first, std::uint64_t last) {
    progress = &mine;
    Tally before{}; // of the earlier children
    std::copy_n(mine.tally.begin(), outcomes, before.begin());
    try {
        Laboratory laboratory{name_in(prefix, getpid())};
        for (std::uint64_t number = first; number < last; ++number) {
            mine.begin(number);
            make(laboratory, number);
            for (std::size_t i = 0; i < outcomes; ++i) {
                mine.tally[i].store(before[i] + laboratory.tally()[i]);
            }
        }
    } catch (const BrokenRule& rule) {
        mine.fail(rule.what);
    } catch (const std::exception& error) {
        mine.fail(std::string{mine.operation.data()} + ": " + error.what());
    }
}

int report(std::uint64_t count, const Watched& watched) {
    for (const auto& failure : watched.failures) {
        std::cout << to_string(failure) << '\n';
    }
    std::cout << count << " mutated segments: " << watched.count(Failure::crash) << " crashes, "
              << watched.count(Failure::hang) << " hangs, " << watched.count(Failure::broken_rule)
              << " broken rules\n";
    for (std::size_t i = 0; i < outcomes; ++i) {
        std::cout << (i == 0 ? "  operations: " : ", ") << watched.tally[i] << ' '
                  << outcome_names[i];
    }
    std::cout << std::endl;
    return watched.failures.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int make_many(const std::string& prefix, std::uint64_t first, std::uint64_t count) {
    const Course course{first, count, 2, 20s, 6};
    return report(count, watch(
                             course,
                             [&](Progress& mine, std::uint64_t from, std::uint64_t to) {
                                 work(prefix, mine, from, to);
                             },
                             [&](int pid) { clean_up_after(name_in(prefix, pid)); }));
}

int make_one(const std::string& prefix, std::uint64_t number) {
    talkative = true;
    try {
        Laboratory{name_in(prefix, getpid())}.experiment(number);
        return EXIT_SUCCESS;
    } catch (const BrokenRule& rule) {
        std::cout << "broken rule: " << rule.what << std::endl;
        return EXIT_FAILURE;
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 3) {
        return make_one(argv[1], std::stoull(argv[2]));
    }
    if (argc == 4) {
        return make_many(argv[1], std::stoull(argv[2]), std::stoull(argv[3]));
    }
    std::cerr << "usage: mutants NAME FIRST COUNT | mutants NAME NUMBER\n";
    return 2;
}
