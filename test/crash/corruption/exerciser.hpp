// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <crex/crex.hpp>

#include "crash/corruption/random_numbers.hpp"

// Runs every public operation on a queue whose memory cannot be trusted, and checks the rules: each
// operation ends in time, with success or with an exception that the header documents.

namespace hostile {

/// The outcomes of the operations, counted.
enum Outcome : std::size_t {
    success,
    busy,
    corrupt,
    existential,
    permissions,
    shut_down_error,
    lease_lost,
    invalid,
    other_error,
    outcomes,
};
using Tally = std::array<std::uint64_t, outcomes>;

constexpr const char* outcome_names[outcomes] = {
    "success",  "BusyError",      "CorruptError",          "ExistentialError", "PermissionsError",
    "Shutdown", "LeaseLostError", "std::invalid_argument", "crex::Error"};

/// Thrown when a rule was broken.
struct BrokenRule {
    std::string what;
    bool late = false; // a deadline was missed by a wide margin
};

class QueueExerciser {
public:
    /// Is called with the name of each operation before it begins.
    using Announce = void (*)(const char* operation);

    QueueExerciser(RandomNumbers& random, Tally& tally, Announce announce,
                   std::chrono::seconds slack)
        : random_{random}, tally_{tally}, announce_{announce}, slack_{slack},
          timeout_{random.one_in(16) ? std::chrono::milliseconds{1}
                                     : std::chrono::milliseconds{0}} {}

    /// Takes a loan and a lease if possible, for exercise() to finish.
    void prepare(crex::MessageQueue& queue);

    /// Runs every operation, and at the end some more on the repaired queue.
    void exercise(crex::MessageQueue& queue);

    /// Opens a new handle and runs every operation on it.
    template <class Open> void exercise_new_handle(Open open) {
        std::optional<crex::MessageQueue> queue;
        if (run("open", no_wait, [&] { queue.emplace(open()); })) {
            exercise(*queue);
            run("close", no_wait, [&] { queue->close(); });
        }
    }

    /// Sends and receives, while other threads do so too.
    void churn(crex::MessageQueue& queue);
    void look(crex::MessageQueue& queue);
    void repair(crex::MessageQueue& queue);

    /// Runs `operation`, which may wait until `timeout`. Returns whether it succeeded.
    template <class Operation>
    bool run(const char* name, std::chrono::milliseconds timeout, Operation operation) {
        announce_(name);
        const auto began = std::chrono::steady_clock::now();
        const Outcome outcome = outcome_of(name, operation);
        ++tally_[outcome];
        check_time(name, timeout, std::chrono::steady_clock::now() - began);
        last_ = outcome;
        return outcome == success;
    }

private:
    static constexpr std::chrono::milliseconds no_wait{0};
    // For an operation without a timeout on a lock that a living process seems to hold.
    static constexpr std::chrono::seconds untimed{11};

    template <class Operation> Outcome outcome_of(const char* name, Operation& operation) {
        try {
            operation();
            return success;
        } catch (const crex::BusyError&) {
            return busy;
        } catch (const crex::CorruptError&) {
            return corrupt;
        } catch (const crex::ExistentialError&) {
            return existential;
        } catch (const crex::PermissionsError&) {
            return permissions;
        } catch (const crex::ShutdownError&) {
            return shut_down_error;
        } catch (const crex::LeaseLostError&) {
            return lease_lost;
        } catch (const crex::SignalError& error) {
            throw BrokenRule{std::string{name} + ": " + error.what()};
        } catch (const crex::Error&) {
            return other_error;
        } catch (const std::invalid_argument&) {
            return invalid;
        } catch (const std::exception& error) {
            throw BrokenRule{std::string{name} + " threw " + typeid(error).name() + ": " +
                             error.what()};
        }
    }

    void check_time(const char* name, std::chrono::milliseconds timeout,
                    std::chrono::steady_clock::duration took) const;
    static void check(bool holds, const char* what);
    void look_at(std::span<const std::byte> bytes);
    void send(crex::MessageQueue& queue);
    void receive(crex::MessageQueue& queue);
    void lend(crex::MessageQueue& queue);
    void finish_prepared();
    void use_repaired(crex::MessageQueue& queue);

    RandomNumbers& random_;
    Tally& tally_;
    Announce announce_;
    std::chrono::seconds slack_;
    std::chrono::milliseconds timeout_;
    std::optional<crex::Loan> loan_;
    std::optional<crex::Lease> lease_;
    Outcome last_ = success;
    unsigned sum_ = 0; // of all bytes read
};

} // namespace hostile
