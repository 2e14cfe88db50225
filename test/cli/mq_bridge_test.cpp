// SPDX-License-Identifier: BSL-1.0

// crex mq bridge, between queues of this machine. For those at a server: test/postgres.

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "shell.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

// A robust queue and a queue of the kernel, of one name.
struct Two : Shell {
    crex::MessageQueue from{name, crex::O_CREX, {.max_messages = 100, .max_message_size = 64}};
    crex::MessageQueue to{
        name,
        crex::O_CREX,
        {.max_messages = 4, .max_message_size = 32, .backend = crex::Backend::posix}};

    static constexpr const char* bridge = "crex mq bridge crex-mq:$N mq:$N ";
};

} // namespace

BOOST_FIXTURE_TEST_CASE(bridge_moves_messages_to_a_queue_of_any_backend, Two) {
    from.send("a", {}, 1);
    from.send("b", {}, 7);
    BOOST_TEST(run(std::string{bridge} + "--drain -v") == (Answer{0, "moved 2\n"}));
    BOOST_TEST(from.stats().received == 2U);
    const crex::Message first = to.receive();
    BOOST_TEST(first.body == "b");
    BOOST_TEST(first.priority == 7U);
    BOOST_TEST(to.receive().body == "a");
}

BOOST_FIXTURE_TEST_CASE(bridge_waits_for_messages_and_for_room_until_it_is_ended, Two) {
    auto crex = start_crex({"mq", "bridge", "crex-mq:" + name, "mq:" + name});
    for (int i = 0; i < 10; ++i) {
        from.send(std::to_string(i));
    }
    BOOST_TEST(to.receive().body == "0");
    BOOST_TEST(to.receive().body == "1");
    BOOST_TEST(eventually([&] { return to.current_messages() == 4U; })); // it waits for room
    crex.signal(SIGTERM);
    BOOST_TEST(crex.wait() == -SIGTERM);
    for (int i = 2; i < 6; ++i) {
        BOOST_TEST(to.receive().body == std::to_string(i));
    }
    for (int i = 6; i < 10; ++i) { // given back
        auto lease = from.lease();
        BOOST_TEST(lease.attempts() == 0U);
        BOOST_TEST(lease.bytes().size() == 1U);
        BOOST_TEST(static_cast<char>(lease.bytes()[0]) == '0' + i);
        lease.ack();
    }
}

BOOST_FIXTURE_TEST_CASE(bridge_ends_when_its_queue_is_shut_down, Two) {
    from.send("a");
    from.shutdown();
    BOOST_TEST(run(bridge).status == 0);
    BOOST_TEST(to.receive().body == "a");
}

BOOST_FIXTURE_TEST_CASE(bridge_leaves_a_message_that_is_too_long_where_it_is, Two) {
    from.send("short");
    from.send(std::string(33, 'x'));
    BOOST_TEST(run(std::string{bridge} + "--drain 2>/dev/null").status == 65);
    BOOST_TEST(to.receive().body == "short");
    BOOST_TEST(from.current_messages() == 1U);
}

BOOST_FIXTURE_TEST_CASE(bridge_refuses_queues_that_cannot_be_bridged, Two) {
    for (const std::string arguments :
         {"mq:$N crex-mq:$N", "crex-mq:$N crex-mq:$N", "crex-mq:$N mq:$N --drain -t 1",
          "crex-mq:$N mq:$N --window 0", "crex-mq:$N mq:$N --window 4097", "crex-mq:$N"}) {
        BOOST_TEST(run("crex mq bridge " + arguments + " 2>/dev/null").status == 64, arguments);
    }
}
