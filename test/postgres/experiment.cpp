// SPDX-License-Identifier: BSL-1.0
#include "postgres/experiment.hpp"

#include <chrono>
#include <iostream>
#include <thread>

#include <crex/postgres.hpp>

namespace test {

using namespace std::chrono_literals;

namespace {

// A test fails when what it waits for takes longer.
constexpr auto patience = 60s;

crex::MessageQueueOptions options(crex::Server& server) {
    return {.max_messages = 100, .max_message_size = 64, .at = &server};
}

template <class Condition> void wait_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(1ms);
    }
}

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace

crex::MessageQueue Experiment::create_queue(crex::Server& server) const {
    return crex::MessageQueue{name_, crex::O_CREX, options(server)};
}

void Experiment::note_sent(Ledger::Entry& entry) const {
    entry.sent = true;
    const std::int64_t time = now();
    const std::int64_t before = ledger->last_sent.exchange(time);
    std::int64_t longest = ledger->longest_pause;
    while (before != 0 && time - before > longest &&
           !ledger->longest_pause.compare_exchange_weak(longest, time - before)) {
    }
}

int Experiment::send(std::size_t which) const {
    crex::PostgresServer server{parameters_};
    crex::MessageQueue queue{name_, 0, options(server)};
    while (!ledger->stops) {
        const std::size_t number = ledger->next++;
        if (number >= Ledger::most) {
            return 0;
        }
        auto& entry = ledger->entries[number];
        ledger->is_at_work[which] = true;
        if (noted_ == Noted::before_send) {
            entry.sent = true;
            std::this_thread::sleep_for(1ms); // so that some are killed here
        }
        try {
            if (queue.try_send_for(30s, std::to_string(number))) {
                note_sent(entry);
            }
        } catch (const crex::ConnectionError&) { // then it may have been sent, or not
        }
    }
    return 0;
}

// Returns false when there is none for a while.
bool Experiment::receive_one(crex::MessageQueue& queue, crex::Timeout timeout,
                             std::atomic<bool>* is_at_work) const {
    auto lease = queue.try_lease(timeout);
    if (!lease) {
        return false;
    }
    if (is_at_work != nullptr) {
        *is_at_work = true;
    }
    const std::string body{reinterpret_cast<const char*>(lease->bytes().data()),
                           lease->bytes().size()};
    auto& entry = ledger->entries[std::stoul(body)];
    if (entry.acknowledged) {
        ++ledger->again_after_ack;
    }
    ++entry.deliveries;
    entry.first_deliveries += lease->attempts() == 0 ? 1 : 0;
    std::this_thread::sleep_for(2ms); // so that some are killed with a lease
    try {
        lease->ack();
        entry.acknowledged = true;
    } catch (const crex::LeaseLostError&) { // it is delivered again
    } catch (const crex::ConnectionError&) {
    }
    return true;
}

int Experiment::receive(std::size_t which) const {
    crex::PostgresServer server{parameters_};
    crex::MessageQueue queue{name_, 0, options(server)};
    while (!ledger->stops) {
        try {
            (void)receive_one(queue, 2s, &ledger->is_at_work[which]);
        } catch (const crex::ConnectionError&) {
        }
    }
    return 0;
}

std::unique_ptr<Process> Experiment::start(std::size_t which) const {
    ledger->is_at_work[which] = false;
    return std::make_unique<Process>([this, which]() -> int {
        try {
            return which % 2 == 0 ? send(which) : receive(which);
        } catch (const std::exception& error) {
            std::cerr << "worker: " << error.what() << std::endl;
            ++ledger->failures;
            return 1;
        }
    });
}

void Experiment::start_workers() {
    for (std::size_t i = 0; i < ledger->is_at_work.size(); ++i) {
        workers_.push_back(start(i));
    }
}

void Experiment::start_senders() {
    for (std::size_t i = 0; i < ledger->is_at_work.size(); i += 2) {
        workers_.push_back(start(i));
    }
}

void Experiment::kill_worker(std::size_t which, std::chrono::milliseconds after) {
    wait_until([&] { return ledger->is_at_work[which].load(); });
    std::this_thread::sleep_for(after);
    workers_[which]->kill();
    workers_[which] = start(which);
}

void Experiment::wait_for_sent(std::size_t count) const {
    wait_until([&, enough = ledger.sent() + count] { return ledger.sent() >= enough; });
}

// Receives what is left, until nothing comes for longer than it takes to notice a death.
void Experiment::drain(crex::Server& server) const {
    crex::MessageQueue queue{name_, 0, options(server)};
    while (receive_one(queue, 3s)) {
    }
}

void Experiment::finish(crex::Server& server) {
    ledger->stops = true;
    std::jthread drainer{[&] { drain(server); }}; // senders wait for room
    for (const auto& worker : workers_) {
        ledger->failures += worker->wait() == 0 ? 0 : 1;
    }
    drainer.join();
    workers_.clear();
    drain(server);
}

void Experiment::report(const std::string& what) const {
    std::cout << what << ": " << ledger.sent() << " sent, " << ledger.lost() << " lost, "
              << ledger.doubled() << " doubled, " << ledger->again_after_ack
              << " again after ack(), " << ledger.redelivered() << " redelivered, "
              << ledger->failures << " failures, " << ledger->longest_pause
              << " ms at most between two" << std::endl;
}

} // namespace test
