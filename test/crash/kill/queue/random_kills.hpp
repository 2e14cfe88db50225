// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "crash/kill/harness/figures.hpp"
#include "worker.hpp"

namespace crash {

/// The workers' jobs, and the messages they use.
struct Mix {
    std::string name;
    Shape shape{.capacity = 16};
    std::size_t message_size = 64;
    unsigned priorities = 1;
    std::array<Job, 4> senders{Job::sends, Job::sends, Job::sends, Job::sends};
    std::array<Job, 4> receivers{Job::receives, Job::receives, Job::receives, Job::receives};
    bool keeps_order = true; // no message is delivered again, so none comes late
};

/// Kills eight workers at random moments and replaces each at once. Two more workers are spared.
class RandomKills {
public:
    RandomKills(const Subject& subject, Mix mix, unsigned seed, milliseconds guard);
    ~RandomKills();
    RandomKills(const RandomKills&) = delete;
    RandomKills& operator=(const RandomKills&) = delete;

    /// After each round of kills, all workers must get on with their calls, and then every message
    /// is accounted for. Stops early when a worker hangs.
    Figures kill(std::size_t kills, std::size_t per_round);

private:
    static constexpr std::size_t victims = 8;
    static constexpr std::size_t participants = 10;

    void begin_round();
    void start(std::size_t number);
    void kill(std::size_t number, Figures& figures);
    bool all_get_on();
    void end_round(Figures& figures);
    void audit(Figures& figures);
    Report drain();
    [[nodiscard]] Job job_of(std::size_t number) const;
    [[nodiscard]] Record& record(std::size_t number) const;

    Mix mix_;
    milliseconds guard_;
    Ledger ledger_;
    WorkerContext context_;
    SharedPages entries_{participants * sizeof(Record)};
    std::vector<std::optional<Child>> children_{participants};
    std::mt19937 random_;
};

} // namespace crash
