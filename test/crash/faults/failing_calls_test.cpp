// SPDX-License-Identifier: BSL-1.0

// Each system call of a robust queue fails once, with each possible error. Either the caller gets
// an error or the failure does not matter. Nothing is left open, mapped or in a directory, and
// other processes go on.

#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "crash/faults/injector.hpp"
#include "crash/faults/permitted.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace surroundings;
using namespace test;
using namespace std::chrono_literals;

namespace {

using Options = crex::MessageQueueOptions;

constexpr std::size_t room = 2;

Options options() {
    return {.max_messages = room, .max_message_size = 64, .backend = crex::Backend::robust};
}

crex::MessageQueue open(const std::string& name) {
    return crex::MessageQueue{name, 0, {.backend = crex::Backend::robust}};
}

std::size_t files_called(const std::string& part) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm"}) {
        count += contains(entry.path().filename(), part) ? 1 : 0;
    }
    return count;
}

// Runs a scenario again and again, each time with another fault, and runs `check` after each.
class Trial {
public:
    using Check = std::function<void(const Result&)>;

    Trial(Scenario scenario, Check check)
        : scenario_{std::move(scenario)}, check_{std::move(check)} {}

    void run_all() {
        const Result smooth = run(scenario_, std::nullopt);
        if (!smooth.possible) {
            skip_or_fail("system calls cannot be made to fail here");
            return;
        }
        BOOST_TEST_REQUIRE(smooth.exit_code == 0);
        check(smooth, "no fault");
        std::map<int, std::size_t> seen;
        for (const Call& call : smooth.calls) {
            const auto errors = plausible_errors(call);
            const std::size_t nth = errors.empty() ? 0 : seen[call.number]++;
            for (const int error : errors) {
                fail({call.number, nth, error});
                if (can_last(call, error)) {
                    fail({call.number, nth, error, true});
                }
            }
        }
        std::cout << scenario_.name << ": " << smooth.calls.size() << " system calls, " << faults_
                  << " faults, " << errors_ << " of them noticed\n";
    }

private:
    void fail(Fault fault) {
        const Result result = run(scenario_, fault);
        ++faults_;
        errors_ += result.thrown.empty() ? 0 : 1;
        const std::string story = name_of(fault.number) + " (" + std::to_string(fault.nth) +
                                  ") failing " + (fault.for_good ? "for good" : "once") + " with " +
                                  std::strerror(fault.error);
        check(result, story);
        const bool no_memory = contains(result.thrown, "bad_alloc");
        BOOST_TEST((result.thrown.empty() || result.code == fault.error || no_memory),
                   "the error is not the cause: " << story << ": " << result.thrown);
    }

    void check(const Result& result, const std::string& fault) {
        const std::string story = std::string{scenario_.name} + ", " + fault + ": " +
                                  (result.thrown.empty() ? "success" : result.thrown);
        BOOST_TEST_MESSAGE(story);
        BOOST_TEST_INFO_SCOPE(story);
        BOOST_TEST(!result.hung);
        BOOST_TEST(result.ended_by == 0);
        BOOST_TEST(result.exit_code == 0);
        BOOST_TEST(result.was_documented);
        BOOST_TEST(result.descriptors_left <= 0);
        BOOST_TEST(result.mappings_left <= 0);
        check_(result);
    }

    Scenario scenario_;
    Check check_;
    int faults_ = 0;
    int errors_ = 0;
};

// An existing queue, and this process's handle on it.
struct Fixture {
    std::string name = unique_name();
    Removed<RobustQueues> removed{name};
    crex::MessageQueue queue{name, crex::O_CREX, options()};

    // Whatever happened to the child, this handle goes on and the queue's whole capacity can be
    // used.
    void expect_whole() {
        open(name); // opening reaps the dead
        while (queue.try_receive_for(1s / 1000)) {
        }
        for (std::size_t i = 0; i < room; ++i) {
            BOOST_TEST(queue.try_send_for(5s, "still works"));
        }
        for (std::size_t i = 0; i < room; ++i) {
            BOOST_TEST((queue.try_receive_for(5s).value_or(crex::Message{}).body == "still works"));
        }
        BOOST_TEST(queue.stats().participants == 1);
    }

    void try_all(const char* what, std::function<void(crex::MessageQueue&)> prepare,
                 std::function<void(crex::MessageQueue&)> act) {
        std::optional<crex::MessageQueue> mine;
        const Scenario scenario{what,
                                [&] {
                                    mine.emplace(open(name));
                                    prepare(*mine);
                                },
                                [&] { act(*mine); }};
        Trial{scenario, [&](const Result&) { expect_whole(); }}.run_all();
    }
};

void nothing(crex::MessageQueue&) {}

} // namespace

// Negative control: the check notices what is left.
BOOST_AUTO_TEST_CASE(a_program_that_leaves_something_behind_is_caught) {
    const Scenario leaking{"leaking", [] {},
                           [] {
                               (void)::open("/dev/null", O_RDONLY);
                               if (::open("/dev/zero", O_RDONLY) < 0) {
                                   throw crex::Error{errno, "and the other one stays open"};
                               }
                           }};
    const Result result = run(leaking, Fault{SYS_openat, 1, EMFILE});
    if (!result.possible) {
        skip_or_fail("system calls cannot be made to fail here");
        return;
    }
    BOOST_TEST(result.code == EMFILE);
    BOOST_TEST(result.descriptors_left == 1);
}

BOOST_AUTO_TEST_CASE(creating_survives_any_failing_call) {
    const std::string name = unique_name();
    const Removed<RobustQueues> removed{name};
    std::optional<crex::MessageQueue> mine;
    const Scenario scenario{"create", [] {},
                            [&] {
                                mine.emplace(name, crex::O_CREX, options());
                                mine.reset();
                            }};
    // The check also runs in a child, so that each process uses a queue for the first time.
    const auto check = [&](const Result& result) {
        BOOST_TEST(files_called(name.substr(1)) == (result.thrown.empty() ? 1U : 0U));
        BOOST_TEST(in_child([&] {
                       auto queue = open(name);
                       queue.send("whole", 5s);
                       queue.unlink();
                       return 0;
                   }) == (result.thrown.empty() ? done : existential_error));
    };
    Trial{scenario, check}.run_all();
}

BOOST_AUTO_TEST_CASE(creating_with_dead_letters_survives_any_failing_call) {
    const std::string name = unique_name();
    const std::string dead = name + "-dead";
    const Removed<RobustQueues> removed{name};
    const Removed<RobustQueues> dead_removed{dead};
    Options all = options();
    all.max_attempts = 1;
    all.dead_letter = dead;
    const Scenario scenario{"create with dead letters", [] {},
                            [&] { crex::MessageQueue(name, crex::O_CREX, all); }};
    const auto check = [&](const Result& result) {
        BOOST_TEST(files_called(name.substr(1)) == (result.thrown.empty() ? 2U : 0U));
        if (result.thrown.empty()) {
            crex::unlink_message_queue(name, crex::Backend::robust);
            crex::unlink_message_queue(dead, crex::Backend::robust);
        }
    };
    Trial{scenario, check}.run_all();
}

BOOST_FIXTURE_TEST_CASE(opening_and_closing_survive_any_failing_call, Fixture) {
    const Scenario scenario{"open and close", [] {}, [&] { open(name); }};
    Trial{scenario, [&](const Result&) { expect_whole(); }}.run_all();
}

// A process has died with a lease, so opening the queue also reaps.
BOOST_FIXTURE_TEST_CASE(reaping_survives_any_failing_call, Fixture) {
    const auto leave_one_dead = [&] {
        (void)in_child([&] {
            auto mine = open(name);
            mine.send("left behind");
            const auto lease = mine.lease();
            _exit(done);
            return int{done};
        });
    };
    Trial{{"open after a death", leave_one_dead, [&] { open(name); }},
          [&](const Result&) { expect_whole(); }}
        .run_all();
}

BOOST_AUTO_TEST_CASE(last_user_survives_any_failing_call) {
    const std::string name = unique_name();
    const Removed<RobustQueues> removed{name};
    std::optional<crex::MessageQueue> mine;
    Options all = options();
    all.lifetime = crex::Lifetime::until_unused;
    const Scenario scenario{"close, and remove", [&] { mine.emplace(name, crex::O_CREX, all); },
                            [&] { mine->close(); }};
    // If the name could not be removed, the next opener finds that the queue is unused.
    const auto check = [&](const Result&) {
        BOOST_TEST(!RobustQueues::try_open(name));
        BOOST_TEST(files_called(name.substr(1)) == 0U);
    };
    Trial{scenario, check}.run_all();
}

BOOST_FIXTURE_TEST_CASE(sending_survives_any_failing_call, Fixture) {
    try_all("send", nothing, [](auto& mine) { mine.send("x", 5s, 3); });
    try_all(
        "send, waiting in vain", [](auto& mine) { mine.send("x"), mine.send("x"); },
        [](auto& mine) { (void)mine.try_send_for(60ms, "x"); });
}

BOOST_FIXTURE_TEST_CASE(receiving_survives_any_failing_call, Fixture) {
    try_all(
        "receive", [](auto& mine) { mine.send("x"); }, [](auto& mine) { (void)mine.receive(5s); });
    try_all("receive, waiting in vain", nothing,
            [](auto& mine) { (void)mine.try_receive_for(60ms); });
}

BOOST_FIXTURE_TEST_CASE(loans_and_leases_survive_any_failing_call, Fixture) {
    try_all("loan", nothing, [](auto& mine) { mine.loan(8).send(1); });
    try_all(
        "lease", [](auto& mine) { mine.send("x"); }, [](auto& mine) { mine.lease().ack(); });
    try_all(
        "lease, given back", [](auto& mine) { mine.send("x"); },
        [](auto& mine) { mine.lease().nack(); });
}

BOOST_FIXTURE_TEST_CASE(peek_stats_and_repair_survive_any_failing_call, Fixture) {
    try_all("peek, stats", nothing, [](auto& mine) { (void)mine.peek(), (void)mine.stats(); });
    try_all("repair", nothing, [](auto& mine) { mine.repair(); });
}
