// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <crex/crex.hpp>

#include "postgres/ledger.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// When a sender notes that a message is sent: a control does so too early.
enum class Noted { after_send, before_send };

/// Processes that send and receive through one queue, and a ledger of what became of each message.
class Experiment {
public:
    explicit Experiment(std::string parameters, Noted when = Noted::after_send)
        : parameters_{std::move(parameters)}, noted_{when} {}

    [[nodiscard]] crex::MessageQueue create_queue(crex::Server& server) const;

    void start_workers();
    void start_senders();
    /// Kills one of them once it is at work, `after` a while, and starts another one.
    void kill_worker(std::size_t which, std::chrono::milliseconds after);
    [[nodiscard]] std::size_t workers() const { return workers_.size(); }
    /// Returns when this many more messages have been sent.
    void wait_for_sent(std::size_t count) const;

    /// Ends the workers, and receives what is left. The workers must end by themselves, unless they
    /// may have been killed.
    void finish(crex::Server& server);

    void report(const std::string& what) const;

    SharedLedger ledger;

private:
    int send(std::size_t which) const;
    int receive(std::size_t which) const;
    bool receive_one(crex::MessageQueue& queue, crex::Timeout timeout,
                     std::atomic<bool>* is_at_work = nullptr) const;
    [[nodiscard]] std::unique_ptr<Process> start(std::size_t which) const;
    void drain(crex::Server& server) const;
    void note_sent(Ledger::Entry& entry) const;

    std::string parameters_;
    std::string name_ = unique_name();
    Noted noted_;
    std::vector<std::unique_ptr<Process>> workers_;
};

} // namespace test
