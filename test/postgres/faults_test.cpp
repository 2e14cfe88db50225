// SPDX-License-Identifier: BSL-1.0

// Each call that libpq makes to the kernel for an operation fails once, with the connection: before
// it, after it, and in the middle of what is sent. And at each of them, the process dies once.
// After that, no message may be lost, doubled or stuck, nor a permit.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <crex/postgres.hpp>

#include "postgres/broken_connection.hpp"
#include "postgres/operations.hpp"
#include "postgres/psql.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/thorough.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// What the process says of the operation, in memory that it shares with the test.
struct Report {
    std::atomic<Outcome> outcome{Outcome::died};
    std::atomic<int> calls{0}; // how many there were
    std::atomic<bool> was_hit{false};
    std::array<char, 256> text{};
};

// The objects that one run uses, and what is wrong with them afterwards.
class Objects {
public:
    Objects(crex::PostgresServer& server, std::size_t messages, std::chrono::seconds patience)
        : server_{server}, patience_{patience}, queue_{name_, crex::O_CREX, {.at = &server}},
          semaphore_{name_, crex::O_CREX, {.at = &server}} {
        for (std::size_t i = 0; i < messages; ++i) {
            queue_.send("x");
        }
    }
    ~Objects() {
        if_there_is_one([&] { queue_.unlink(); });
        if_there_is_one([&] { semaphore_.unlink(); });
        if_there_is_one([&] { crex::unlink_message_queue(new_name(name_), server_); });
    }
    Objects(const Objects&) = delete;
    Objects& operator=(const Objects&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }

    // Empty if all is well.
    [[nodiscard]] std::string fault(const Expected& expected) {
        std::string result;
        if (!if_there_is_one([&] { result = fault_of_queue(expected); })) {
            result = expected.may_be_unlinked ? "" : "the queue is gone";
        }
        if (!eventually([&] { return semaphore_.value() == 1 && is_alone(false); }, patience_)) {
            result += " a permit or a handle of the semaphore is stuck";
        }
        if (!eventually([&] { return can_use_new_one(); }, patience_)) {
            result += " what was created is not whole";
        }
        return result;
    }

private:
    // False if it throws ExistentialError.
    template <class Body> static bool if_there_is_one(Body body) {
        try {
            body();
            return true;
        } catch (const crex::ExistentialError&) {
            return false;
        }
    }

    [[nodiscard]] std::string fault_of_queue(const Expected& expected) {
        std::size_t count = 0;
        if (!eventually([&] { return take(count), is_alone(true); }, patience_)) {
            return "a message or a handle of the queue is stuck";
        }
        if (expected.must_be_unlinked) {
            return "the queue is still there";
        }
        if (!eventually([&] { return can_request_notification(); }, patience_)) {
            return "a request for notification is stuck";
        }
        return count < expected.at_least  ? "a message is lost"
               : count > expected.at_most ? "a message is doubled"
                                          : "";
    }

    // Takes what is there, and notices deaths.
    void take(std::size_t& count) {
        try {
            while (queue_.try_receive_for(10ms)) {
                ++count;
            }
        } catch (const crex::ShutdownError&) {                            // and it is empty
            const crex::MessageQueue another{name_, 0, {.at = &server_}}; // which looks, too
        }
    }

    [[nodiscard]] bool can_request_notification() {
        try {
            queue_.request_notification([] {});
            return true;
        } catch (const crex::BusyError&) {
            return false;
        }
    }

    // Whether no handle but the test's own is on it, and it is empty.
    [[nodiscard]] bool is_alone(bool is_queue) const {
        const auto all = server_.list_objects();
        const auto its = std::find_if(all.begin(), all.end(), [&](const auto& each) {
            return each.name == name_ && each.is_queue == is_queue;
        });
        return its != all.end() && its->handles == 1 && its->messages == 0;
    }

    [[nodiscard]] bool can_use_new_one() {
        crex::MessageQueue its{new_name(name_), crex::o_creat, {.at = &server_}};
        its.send("x", 10s);
        return its.receive(10s).body == "x" && its.stats().participants == 1;
    }

    crex::PostgresServer& server_;
    std::chrono::seconds patience_;
    std::string name_ = unique_name();
    crex::MessageQueue queue_;
    crex::RobustSemaphore semaphore_;
};

Outcome outcome_of(const std::function<void()>& body, Report& report) {
    try {
        body();
        return Outcome::returned;
    } catch (const crex::LeaseLostError&) {
        return Outcome::lease_lost;
    } catch (const crex::ConnectionError& error) {
        return error.may_have_happened() ? Outcome::may_have_happened : Outcome::has_not_happened;
    } catch (const std::exception& error) {
        std::string_view{error.what()}.copy(report.text.data(), report.text.size() - 1);
        return Outcome::failed;
    }
}

// Runs operations in processes of their own, in which one call fails.
class Runner {
public:
    explicit Runner(std::string parameters, std::chrono::seconds patience = 20s)
        : parameters_{std::move(parameters)}, server_{parameters_}, patience_{patience},
          report_{new (mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Report} {}
    ~Runner() { munmap(report_, sizeof(Report)); }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    // What went wrong; empty if nothing did.
    std::string run(const Operation& operation, Fault fault, int at) {
        new (report_) Report;
        Objects objects{server_, operation.messages, patience_};
        const int code =
            Process{[&] { return perform(operation, objects.name(), fault, at); }}.wait();
        const Outcome outcome = report_->outcome;
        hits_ += report_->was_hit ? 1 : 0;
        const bool may_die = fault == Fault::death_before || fault == Fault::death_after;
        const std::string wrong = code != 0 && !(may_die && code == -SIGKILL) ? "it has crashed"
                                  : outcome == Outcome::failed
                                      ? std::string{"it failed: "} + report_->text.data()
                                      : objects.fault(operation.expect(outcome));
        return wrong.empty()
                   ? wrong
                   : std::string{operation.name} + ", fault " +
                         std::to_string(static_cast<int>(fault)) + " at call " +
                         std::to_string(at) + ", " +
                         outcome_names.at(static_cast<std::size_t>(outcome)) + ": " + wrong;
    }

    // How many calls the operation makes when nothing fails.
    int count_calls(const Operation& operation) {
        BOOST_TEST(run(operation, Fault::none, 0) == "");
        return report_->calls;
    }

    [[nodiscard]] int hits() const { return hits_; }

private:
    int perform(const Operation& operation, const std::string& name, Fault fault, int at) {
        Subject its{parameters_};
        operation.prepare(its, name);
        fault_plan.at = at;
        fault_plan.fault = fault;
        report_->was_hit = fault == Fault::death_before || fault == Fault::death_after;
        fault_plan.is_armed = true;
        const Outcome outcome = outcome_of([&] { operation.perform(its, name); }, *report_);
        fault_plan.is_armed = false;
        report_->calls = fault_plan.calls.load();
        report_->was_hit = at != 0 && fault_plan.calls >= at;
        report_->outcome = outcome;
        return 0;
    }

    std::string parameters_;
    crex::PostgresServer server_;
    std::chrono::seconds patience_;
    Report* report_;
    int hits_ = 0;
};

std::string shared_parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// A few in CI; all in a soak.
std::vector<int> calls_to_fail(int count) {
    std::vector<int> result;
    for (int i = 1; i <= count; ++i) {
        if (thorough || i <= 2 || i == count) {
            result.push_back(i);
        }
    }
    return result;
}
std::vector<Fault> faults() {
    return thorough ? std::vector{Fault::before, Fault::after, Fault::halfway, Fault::death_before,
                                  Fault::death_after}
                    : std::vector{Fault::after, Fault::death_after};
}

} // namespace

BOOST_AUTO_TEST_CASE(no_failing_call_loses_doubles_or_blocks_a_message_or_a_permit) {
    Runner runner{shared_parameters()};
    int runs = 0;
    for (const Operation& operation : operations()) {
        const int calls = runner.count_calls(operation);
        BOOST_TEST(calls >= 2, operation.name); // it asks, and hears
        for (const int at : calls_to_fail(calls)) {
            for (const Fault fault : faults()) {
                BOOST_TEST(runner.run(operation, fault, at) == "");
                ++runs;
            }
        }
    }
    std::cout << runs << " runs, of which " << runner.hits() << " met their fault" << std::endl;
    BOOST_TEST(runner.hits() > runs / 2);
}

namespace {

// A database in which a part of the schema does not do its work.
struct Broken {
    std::string name = "t" + std::to_string(getpid());
    std::string parameters = shared_parameters() + " dbname=" + name;

    explicit Broken(const char* command) {
        psql(shared_parameters(), "create database " + name);
        crex::create_postgres_schema(parameters);
        BOOST_TEST_REQUIRE(!!psql(parameters, command));
    }
    ~Broken() { psql(shared_parameters(), "drop database " + name + " with (force)"); }
    Broken(const Broken&) = delete;
    Broken& operator=(const Broken&) = delete;
};

} // namespace

BOOST_AUTO_TEST_CASE(test_sees_a_send_that_is_not_recognised_when_it_is_repeated) {
    const Broken broken{
        "create function crex.forget() returns trigger language plpgsql as 'begin delete from "
        "crex.sender; return null; end'; create trigger forget after insert or update on "
        "crex.sender for each statement execute function crex.forget()"};
    Runner runner{broken.parameters};
    const Operation& send = operation_called("send");
    std::string wrong;
    for (int at = 1, calls = runner.count_calls(send); at <= calls; ++at) {
        wrong += runner.run(send, Fault::after, at);
    }
    BOOST_TEST(wrong.find("doubled") != wrong.npos, wrong);
}

BOOST_AUTO_TEST_CASE(test_sees_what_a_dead_process_keeps) {
    const Broken broken{"create or replace function crex.is_dead(its_session bigint, its_backend "
                        "int) returns boolean language sql as 'select false'"};
    Runner runner{broken.parameters, 3s};
    const Operation& lease = operation_called("lease");
    const auto wrong = runner.run(lease, Fault::death_after, 1); // the server has got the call
    BOOST_TEST(wrong.find("stuck") != wrong.npos, wrong);
}
