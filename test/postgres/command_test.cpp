// SPDX-License-Identifier: BSL-1.0

// The command crex, with objects at a server.

#include <thread>

#include "postgres/kinds/waiting_receiver.hpp"
#include "postgres/psql.hpp"
#include "postgres/shell.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_CASE(command_sends_receives_and_peeks_at_a_server, Shell) {
    const std::string at = " " + name + " --at service=here";
    expect("printf hello | crex mq send -p 7" + at, "");
    BOOST_TEST(queue.peek()->body == "hello");
    BOOST_TEST(contains(run("crex mq peek" + at).output, "hello"));
    BOOST_TEST(contains(run("crex mq recv -t 0" + at).output, "hello"));
    BOOST_TEST(run("crex mq recv -t 0" + at).status == 75);
    queue.send("work");
    expect("crex mq recv -n 1 --exec cat" + at, "work");
    BOOST_TEST(queue.current_messages() == 0U);
}

// A waiting thread looks every half second, since a notification may be lost, and asks nothing in
// between.
BOOST_FIXTURE_TEST_CASE(command_that_waits_for_a_message_to_execute_something_sleeps, Shell) {
    std::jthread receiver{[&] {
        expect("export PGAPPNAME='" + name + "'; crex mq recv -n 1 --exec cat " + name +
                   " --at service=here",
               "late");
    }};
    await_waiting_receiver<PostgresQueues>(name);
    const auto last_statement = [&] {
        return psql(std::getenv("CREX_TEST_POSTGRES"),
                    "select query_start from pg_stat_activity where application_name = '" + name +
                        "'");
    };
    BOOST_TEST(eventually([&] {
        const auto before = last_statement();
        std::this_thread::sleep_for(300ms);
        return before && !before->empty() && before == last_statement();
    }));
    queue.send("late");
}

BOOST_FIXTURE_TEST_CASE(command_makes_and_removes_objects_at_a_server, Shell) {
    const std::string other = unique_name();
    const std::string at = " " + other + " --at service=here";
    expect("crex create sem --value 2" + at, "");
    expect("crex sem value" + at, "2\n");
    expect("crex sem run" + at + " -- echo inside", "inside\n");
    BOOST_TEST(run("crex create sem" + at).status == 73);
    BOOST_TEST(run("crex rm" + at).status == 64); // it ends the object for its users
    expect("crex rm -f" + at, "");
    BOOST_TEST(run("crex sem value" + at).status == 66);
}

BOOST_FIXTURE_TEST_CASE(command_line_takes_a_service_and_nothing_else, Shell) {
    for (const std::string text :
         {"host=localhost", "service=here password=secret42", "service="}) {
        const Ended ended = run("crex mq stat " + name + " --at '" + text + "'");
        BOOST_TEST(ended.status == 64);
        BOOST_TEST(!contains(ended.output, "secret42"), ended.output);
    }
    BOOST_TEST(run("crex mq stat " + name + " --at service=nowhere").status != 0);
}

BOOST_FIXTURE_TEST_CASE(command_lists_what_is_at_a_server, Shell) {
    queue.send("x");
    const Ended listed = run("crex ls --at service=here | grep '" + name + " '");
    BOOST_TEST(contains(listed.output, "crex-mq"), listed.output);
    BOOST_TEST(contains(listed.output, "0600"), listed.output);
    BOOST_TEST(contains(listed.output, "1/4"), listed.output);
    BOOST_TEST(contains(run("crex ls --at service=here --json").output, name));
    BOOST_TEST(run("crex ls --at service=here --stale").status == 64);
}

BOOST_FIXTURE_TEST_CASE(command_follows_a_queue_at_a_server_until_it_is_shut_down, Shell) {
    queue.send("a");
    std::jthread sender{[&] {
        std::this_thread::sleep_for(300ms);
        queue.send("b");
        queue.shutdown();
    }};
    expect("crex mq recv " + name + " --follow --at service=here", "a\nb\n");
    BOOST_TEST(queue.stats().received == 2U);
}

BOOST_FIXTURE_TEST_CASE(command_shows_an_object_at_a_server_and_the_processes_that_use_it, Shell) {
    const std::string at = " " + name + " --at service=here";
    queue.send("x");
    {
        const auto lease = queue.lease();
        const std::string facts = run("crex show" + at + " | tr -s ' '").output;
        for (const std::string line : {"kind crex-mq\n", "role crex\n", "perms 0600\n",
                                       "msgs 1/4\n", "leased 1\n", "sent 1\n", "received 0\n"}) {
            BOOST_TEST(contains(facts, line), line + facts);
        }
        std::array<char, 256> host{};
        gethostname(host.data(), host.size() - 1);
        const std::string users = run("crex who" + at).output;
        BOOST_TEST(contains(users, host.data()), users);
        BOOST_TEST(contains(users, " " + std::to_string(getpid()) + " "), users);
        const std::string json = run("crex who --json" + at).output;
        BOOST_TEST(contains(json, "\"leases\": 1"), json);
    }
    queue.close();
    BOOST_TEST(eventually([&] { return run("crex who" + at).status == 1; })); // no process
    BOOST_TEST(run("crex show " + name + "x --at service=here").status == 66);
}

BOOST_FIXTURE_TEST_CASE(process_that_died_is_not_shown_as_a_user, Shell) {
    auto receiver = start_waiting("receive");
    const std::string pid = " " + std::to_string(receiver.pid()) + " ";
    const std::string who = "crex who " + name + " --at service=here";
    BOOST_TEST(contains(run(who).output, pid));
    receiver.kill();
    BOOST_TEST(eventually([&] { return !contains(run(who).output, pid); }));
}

BOOST_FIXTURE_TEST_CASE(name_of_a_queue_and_a_semaphore_needs_its_kind, Shell) {
    const crex::RobustSemaphore semaphore{name, crex::O_CREX, {.at = server}};
    const Removed<PostgresSemaphores> its{name};
    const Ended both = run("crex show " + name + " --at service=here");
    BOOST_TEST(both.status == 64);
    BOOST_TEST(contains(both.output, "crex-sem:" + name), both.output);
    BOOST_TEST(
        contains(run("crex show crex-sem:" + name + " --at service=here").output, "value    1"));
}

BOOST_FIXTURE_TEST_CASE(top_counts_what_happens_at_a_server, Shell) {
    queue.send("x");
    std::jthread sender{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            queue.send("y");
            (void)queue.receive();
        }
    }};
    const std::string top = "crex top --once --every 1s --filter " + name + " --at service=here";
    const std::string json = run(top + " --json").output;
    BOOST_TEST(contains(json, "\"handles\": 1"), json);
    BOOST_TEST(!contains(json, "owner"), json);
    BOOST_TEST(!contains(json, "\"sends_per_second\": 0.0"), json);
    BOOST_TEST(!contains(json, "\"sends_per_second\": null"), json);
    BOOST_TEST(contains(run(top).output, "in-use"));
}

BOOST_FIXTURE_TEST_CASE(doctor_tells_what_is_wrong_with_a_server, Shell) {
    const Ended ended = run("crex doctor --at service=here");
    BOOST_TEST(ended.status == 1); // the test run's server does not sync
    for (const std::string part : {"ok  PostgreSQL", "ok  schema 1", "ok  connection: local socket",
                                   "look durability: a crash", "ok  synchronous standbys: none"}) {
        BOOST_TEST(contains(ended.output, part), part + "\n" + ended.output);
    }
    BOOST_TEST(contains(run("crex doctor --at service=nowhere").output, "look server: "));
}

BOOST_FIXTURE_TEST_CASE(doctor_finds_a_transaction_that_stays_open, Shell) {
    std::jthread sleeper{[] {
        (void)psql(std::getenv("CREX_TEST_POSTGRES") + std::string{" application_name=dawdler"},
                   "select pg_sleep(9)");
    }};
    std::this_thread::sleep_for(6500ms);
    const Ended ended = run("crex doctor --at service=here");
    BOOST_TEST(contains(ended.output, "look transactions in this database"), ended.output);
    BOOST_TEST(contains(ended.output, "dawdler"), ended.output);
}

BOOST_FIXTURE_TEST_CASE(services_of_the_service_file_complete, Shell) {
    std::ofstream{file, std::ios::app} << "[not this one]\n[there]\n";
    expect("crex --servers", "service=here\nservice=there\n");
    expect("crex --services", "here\nthere\n");
}

BOOST_FIXTURE_TEST_CASE(command_shows_the_schema_and_brings_it_up_to_date, Shell) {
    BOOST_TEST(contains(run("crex postgres status --service here").output, "schema 1"));
    BOOST_TEST(run("crex postgres init --service here").status == 73);
    expect("crex postgres upgrade --service here", "schema 1 is up to date\n");
}
