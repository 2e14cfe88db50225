// SPDX-License-Identifier: BSL-1.0

// libcrex-mqueue.so under programs that are linked to it.

#include <boost/test/unit_test.hpp>

#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

struct Fixture {
    std::string name = unique_name();
    Removed<RobustQueues> removed{name};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(queues_behave_as_the_manual_pages_say, Fixture) {
    Process program{helper_path("mq_program_linked"), {name}, Capture::both};
    const std::string said = program.read_all();
    BOOST_TEST(!contains(said, "NOT SO"), said);
    BOOST_TEST(program.wait() == 0, said);
}

BOOST_FIXTURE_TEST_CASE(an_ordinary_user_has_queues_without_the_kernels_limits, Fixture) {
    Process program{helper_path("mq_large_linked"), {name}, Capture::both};
    BOOST_TEST(program.read_all() ==
               "100000 messages in one queue\n1048576 bytes in one message\n");
    BOOST_TEST(program.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_program_killed_while_it_waits_disturbs_nobody, Fixture) {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 4, .max_message_size = 16}};
    const auto start_waiting = [&] {
        Process program{helper_path("mq_large_linked"), {name, "wait"}};
        BOOST_TEST(program.read_line() == "ready");
        program.wait_until_asleep();
        return program;
    };
    for (int i = 0; i < 5; ++i) {
        start_waiting().kill();
    }
    auto survivor = start_waiting();
    queue.send("for you");
    BOOST_TEST(survivor.wait() == 0);
    queue.send("for me");
    BOOST_TEST(queue.receive().body == "for me");
}
