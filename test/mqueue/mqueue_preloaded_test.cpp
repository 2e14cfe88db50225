// SPDX-License-Identifier: BSL-1.0

// libcrex-mqueue.so under programs that were built without it and know nothing of it. Their output
// must be exactly that on the kernel's queues.

#include <boost/test/unit_test.hpp>

#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

struct Fixture {
    std::string name = unique_name();
    Removed<RobustQueues> removed_from_crex{name};
    Removed<PosixQueues> removed_from_kernel{name};
};

using Command = std::vector<std::string>;

Process on_kernel(const Command& command) {
    return Process{"/usr/bin/env", command, Capture::both};
}

Process on_crex(Command command) {
    const Command preload = preloading(CREX_TEST_MQUEUE);
    command.insert(command.begin(), preload.begin(), preload.end());
    return Process{"/usr/bin/env", command, Capture::both};
}

// The whole output of the program, which must end with success.
std::string said_by(Process program) {
    const std::string said = program.read_all();
    BOOST_TEST(program.wait() == 0, said);
    BOOST_TEST(!said.empty());
    return said;
}

void expect_the_same(const Command& command) {
    const std::string said = said_by(on_kernel(command));
    BOOST_TEST(!contains(said, "NOT SO"), said);
    BOOST_TEST(said_by(on_crex(command)) == said);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_c_program_finds_no_difference, Fixture) {
    expect_the_same({helper_path("mq_program"), name});
}

BOOST_FIXTURE_TEST_CASE(a_fortified_c_program_finds_no_difference, Fixture) {
    expect_the_same({helper_path("mq_program_fortified"), name});
}

BOOST_FIXTURE_TEST_CASE(python_finds_no_difference, Fixture) {
    if (was_found(CREX_TEST_PYTHON, "Python")) {
        expect_the_same({CREX_TEST_PYTHON, "-B", CREX_TEST_SCRIPT, name});
    }
}

BOOST_FIXTURE_TEST_CASE(ordinary_user_gets_queues_that_the_kernel_refuses, Fixture) {
    Process refused = on_kernel({helper_path("mq_large"), name});
    BOOST_TEST(refused.read_all() == "mq_open: Invalid argument\n");
    BOOST_TEST(refused.wait() == 1);
    BOOST_TEST(said_by(on_crex({helper_path("mq_large"), name})) ==
               "100000 messages in one queue\n1048576 bytes in one message\n");
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_wait_at_whatever_moment_it_comes, Fixture) {
    BOOST_TEST(said_by(on_crex({helper_path("mq_signals"), name})) ==
               "0 of 16 signals did not end the wait\n");
}

BOOST_FIXTURE_TEST_CASE(queues_of_the_program_are_robust_queues_of_crex, Fixture) {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 4, .max_message_size = 16}};
    Process program = on_crex({helper_path("mq_large"), name, "wait"});
    BOOST_TEST(program.read_line() == "ready");
    queue.send("from C++");
    BOOST_TEST(program.wait() == 0);
}
