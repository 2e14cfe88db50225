// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

// Runs many dangerous experiments in child processes. An experiment that crashes or hangs its child
// is counted by its number, and a new child continues with the next experiment.

namespace hostile {

/// Written by a child, in memory that it shares with its watcher. A child that writes anywhere may
/// damage it, so the watcher believes nothing that is not possible.
struct Progress {
    std::atomic<std::uint64_t> number; // of the current experiment
    std::array<char, 32> operation;    // what the child is doing
    std::array<std::atomic<std::uint64_t>, 16> tally;
    std::array<char, 512> verdict; // which rule was broken

    void begin(std::uint64_t experiment) { number.store(experiment); }
    void doing(const char* what) { std::strncpy(operation.data(), what, operation.size() - 1); }
    /// Ends the child: its experiment has failed.
    [[noreturn]] void fail(const std::string& why);
};

struct Failure {
    enum Sort { crash, hang, broken_rule };
    Sort sort;
    std::uint64_t number;
    std::string what;
};

struct Watched {
    std::vector<Failure> failures;
    std::array<std::uint64_t, 16> tally{};

    [[nodiscard]] std::size_t count(Failure::Sort sort) const;
};

struct Course {
    std::uint64_t first;
    std::uint64_t count;
    unsigned workers;
    std::chrono::milliseconds patience; // for one experiment
    std::size_t enough;                 // number of failures that end the run early
};

/// Makes the experiments of `course` in parts, each part in a child of its own. `work` makes all
/// experiments of [first, last) and announces each. `clean_up` runs after a child that failed, with
/// its process ID.
Watched watch(const Course& course,
              const std::function<void(Progress&, std::uint64_t first, std::uint64_t last)>& work,
              const std::function<void(int pid)>& clean_up);

std::string to_string(const Failure& failure);

} // namespace hostile
