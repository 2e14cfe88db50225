// SPDX-License-Identifier: BSL-1.0

// crex mq bridge, between a queue of this machine and one at a server: the order, what stays where
// it is, and what kills and broken connections do.

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include <signal.h>

#include <crex/postgres.hpp>

#include "postgres/psql.hpp"
#include "postgres/shell.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

std::string parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// A queue of this machine, and the fixture's at the server, both called `name`.
struct Fixture : Shell {
    const Removed<RobustQueues> local_removed{name};
    crex::MessageQueue local{name, crex::O_CREX, {.max_messages = 200, .max_message_size = 64}};

    Fixture() {
        queue.close();
        crex::unlink_message_queue(name, *server);
        queue = crex::MessageQueue{
            name, crex::O_CREX, {.max_messages = 100, .max_message_size = 64, .at = server}};
    }

    [[nodiscard]] std::string up() const {
        return "crex mq bridge " + name + " " + name + " --to-at service=here ";
    }
    [[nodiscard]] std::string down() const {
        return "crex mq bridge " + name + " " + name + " --from-at service=here ";
    }
    [[nodiscard]] Process start_up(const std::vector<std::string>& options = {}) const {
        std::vector<std::string> words{"mq", "bridge", name, name, "--to-at", "service=here"};
        words.insert(words.end(), options.begin(), options.end());
        return Process{CREX_TEST_COMMAND, words};
    }
};

// Numbered messages that go into the local queue while others kill, and what has arrived at the
// server.
struct Stream {
    explicit Stream(Fixture& its_fixture) : f{its_fixture} {}

    Fixture& f;
    std::atomic<bool> stops{false};
    unsigned sent = 0; // of the sender
    std::map<unsigned, unsigned> arrivals;
    std::atomic<unsigned> received{0};

    std::jthread sender{[this] {
        while (!stops) {
            if (f.local.try_send_for(100ms, std::to_string(sent))) {
                ++sent;
            }
        }
    }};
    std::jthread receiver{[this](const std::stop_token& stop) {
        while (const auto message = f.queue.try_receive_for(stop)) {
            ++arrivals[static_cast<unsigned>(std::stoul(message->body))];
            ++received;
        }
    }};

    // What is on its way arrives. Returns how many messages were lost.
    std::size_t end() {
        stops = true;
        sender.join();
        BOOST_TEST(f.run(f.up() + "--drain").status == 0);
        BOOST_TEST(f.local.current_messages() == 0U);
        (void)eventually([&] { return f.queue.current_messages() == 0; });
        receiver.request_stop();
        receiver.join();
        return sent - arrivals.size();
    }
    [[nodiscard]] std::size_t repeated() const {
        std::size_t result = 0;
        for (const auto& [number, times] : arrivals) {
            result += times - 1;
        }
        return result;
    }
};

// What a bridge must not be: a message is nowhere while it is between the queues.
int carry_carelessly(const std::string& name) {
    crex::PostgresServer server{parameters()};
    crex::MessageQueue from{name};
    crex::MessageQueue to{name, 0, {.at = &server}};
    for (;;) {
        const std::string body = from.receive().body;
        std::this_thread::sleep_for(1ms); // so that some kills come here
        to.send(body);
    }
}

// Kills the process that `start` starts, soon after messages have begun to pass, and again.
template <class Start> void kill_often(int kills, const Stream& stream, Start start) {
    std::minstd_rand random{7};
    for (int i = 0; i < kills; ++i) {
        const unsigned before = stream.received;
        auto process = start();
        BOOST_TEST_REQUIRE(eventually([&] { return stream.received != before; }));
        std::this_thread::sleep_for(std::chrono::microseconds{random() % 20'000});
        process.kill();
    }
}

} // namespace

BOOST_FIXTURE_TEST_CASE(bridge_keeps_order_and_priorities, Fixture) {
    for (const auto& [body, priority] : {std::pair{"a", 1}, {"b", 3}, {"c", 1}, {"d", 3}}) {
        local.send(std::string_view{body}, {}, static_cast<unsigned>(priority));
    }
    expect(up() + "--drain --verbose", "moved 4\n");
    BOOST_TEST(local.stats().received == 4U);
    expect_next(queue, "b", 3);
    expect_next(queue, "d", 3);
    expect_next(queue, "a", 1);
    expect_next(queue, "c", 1);
}

BOOST_FIXTURE_TEST_CASE(bridge_brings_messages_from_a_server, Fixture) {
    queue.send("a");
    queue.send("b");
    expect(down() + "--drain --verbose --window 1", "moved 2\n");
    expect_next(local, "a");
    expect_next(local, "b");
}

BOOST_FIXTURE_TEST_CASE(bridge_ends_when_its_queue_is_shut_down_and_empty, Fixture) {
    local.send("a");
    auto bridge = start_up();
    BOOST_TEST(queue.receive(20s).body == "a");
    local.send("b");
    local.shutdown();
    BOOST_TEST(bridge.wait() == 0);
    expect_next(queue, "b");
}

BOOST_FIXTURE_TEST_CASE(bridge_waits_as_long_as_its_timeout, Fixture) {
    BOOST_TEST(run(up() + "--timeout 50ms").status == 75);
}

BOOST_FIXTURE_TEST_CASE(message_that_is_too_long_stays_and_those_before_it_arrive, Fixture) {
    const std::string small = unique_name();
    const Removed<PostgresQueues> its{small};
    crex::MessageQueue to{small, crex::O_CREX, {.max_message_size = 2, .at = server}};
    local.send("ab");
    local.send("abc");
    local.send("cd");
    const Ended ended =
        run("crex mq bridge " + name + " " + small + " --to-at service=here --drain");
    BOOST_TEST(ended.status == 65);
    BOOST_TEST(contains(ended.output, "3 bytes"), ended.output);
    expect_next(to, "ab");
    BOOST_TEST(!to.try_receive());
    auto lease = local.lease();
    BOOST_TEST(lease.bytes().size() == 3U);
    BOOST_TEST(lease.attempts() == 0U);
}

BOOST_FIXTURE_TEST_CASE(bridge_refuses_what_cannot_be_bridged, Fixture) {
    BOOST_TEST(run("crex mq bridge " + name + " " + name).status == 64);
    BOOST_TEST(run(up() + "--window 0").status == 64);
    BOOST_TEST(
        run("crex mq bridge " + name + " " + name + " --from-at service=here --to-at service=here")
            .status == 64);
    BOOST_TEST(run("crex mq bridge " + name + "x " + name + " --to-at service=here").status == 66);
}

BOOST_FIXTURE_TEST_CASE(bridge_that_is_terminated_gives_back_what_it_has_not_sent, Fixture) {
    fill();
    local.send("a");
    local.send("b");
    auto bridge = start_up();
    BOOST_TEST(eventually([&] { return local.current_messages() == 0; })); // it has leased them
    bridge.signal(SIGTERM);
    BOOST_TEST(bridge.wait() == -SIGTERM);
    auto lease = local.lease(20s);
    BOOST_TEST(lease.bytes().size() == 1U);
    BOOST_TEST(lease.attempts() == 0U);
}

BOOST_FIXTURE_TEST_CASE(broken_connection_loses_nothing_and_repeats_nothing, Fixture) {
    constexpr int count = 500;
    auto bridge = start_up({"--window", "8"});
    std::atomic<bool> has_begun{false}; // before, it does not connect again
    std::atomic<bool> is_done{false};
    std::jthread cutter{[&] {
        for (; !is_done; std::this_thread::sleep_for(40ms)) {
            if (has_begun) {
                (void)psql(parameters(), "select pg_terminate_backend(a.pid) from crex.session s "
                                         "join pg_stat_activity a on a.pid = s.backend "
                                         "where s.pid = " +
                                             std::to_string(bridge.pid()));
            }
        }
    }};
    std::jthread sender{[&] {
        for (int i = 0; i < count; ++i) {
            local.send(std::to_string(i), 60s);
        }
    }};
    for (int i = 0; i < count; ++i) {
        BOOST_TEST_REQUIRE(queue.receive(60s).body == std::to_string(i));
        has_begun = true;
    }
    is_done = true;
    cutter.join();
    local.shutdown();
    BOOST_TEST(bridge.wait() == 0);
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(no_kill_of_the_bridge_loses_a_message, Fixture) {
    constexpr int kills = 100;
    constexpr unsigned window = 8;
    Stream stream{*this};
    kill_often(kills, stream, [&] { return start_up({"--window", std::to_string(window)}); });
    const std::size_t lost = stream.end();
    std::cout << kills << " kills of the bridge: " << stream.sent << " sent, " << lost << " lost, "
              << stream.repeated() << " repeated" << std::endl;
    BOOST_TEST(lost == 0U);
    BOOST_TEST(stream.repeated() != 0U); // kills have hit the bridge between send() and ack()
    BOOST_TEST(stream.repeated() <= kills * window);
}

BOOST_FIXTURE_TEST_CASE(ledger_sees_what_a_careless_bridge_loses, Fixture) {
    Stream stream{*this};
    kill_often(60, stream, [&] { return Process{[&] { return carry_carelessly(name); }}; });
    const std::size_t lost = stream.end();
    std::cout << "control: " << stream.sent << " sent, " << lost << " lost" << std::endl;
    BOOST_TEST(lost != 0U);
}
