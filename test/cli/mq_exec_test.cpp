// SPDX-License-Identifier: BSL-1.0

// crex mq recv --exec: a message is removed once the command has succeeded, and not before.

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "shell.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

struct Robust : Shell {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 10, .max_message_size = 100'000}};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_message_is_the_command_s_standard_input, Robust) {
    queue.send(std::string(100'000, 'x'), crex::do_not_wait, 4);
    BOOST_TEST(run("crex mq recv $N -x 'wc -c; echo $CREX_PRIORITY $CREX_ATTEMPTS'") ==
               (Answer{0, "100000\n4 0\n"}));
    BOOST_TEST(queue.current_messages() == 0U);
}

BOOST_FIXTURE_TEST_CASE(command_need_not_read_the_message, Robust) {
    queue.send(std::string(100'000, 'x'));
    BOOST_TEST(run("crex mq recv $N --exec true").status == 0);
    BOOST_TEST(queue.current_messages() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_command_that_fails_leaves_the_message, Robust) {
    queue.send("one");
    queue.send("two");
    BOOST_TEST(run("crex mq recv $N --drain --exec 'cat; exit 3'") == (Answer{3, "one"}));
    BOOST_TEST(run("crex mq recv $N --exec 'cat; kill -9 $$' 2>/dev/null") == (Answer{137, "one"}));
    BOOST_TEST(queue.current_messages() == 2U);
    BOOST_TEST(run("crex mq recv $N --drain -x 'cat; echo $CREX_ATTEMPTS'") ==
               (Answer{0, "one2\ntwo0\n"}));
}

BOOST_FIXTURE_TEST_CASE(a_message_that_fails_too_often_goes_to_the_dead_letters, Shell) {
    ::setenv("D", unique_name().c_str(), 1);
    const Removed<RobustQueues> dead{std::getenv("D")};
    run("crex create mq $N --max-attempts 3 --dead-letter $D");
    run("printf 'bad\\ngood\\n' | crex mq send --lines $N");
    BOOST_TEST(run("crex mq recv $N --drain -k -x 'read -r it; echo $it; [ $it = good ]'") ==
               (Answer{0, "bad\nbad\nbad\ngood\n"}));
    BOOST_TEST(run("crex mq recv $D --drain") == (Answer{0, "bad\n"}));
}

BOOST_FIXTURE_TEST_CASE(a_kill_of_crex_gives_the_message_back, Robust) {
    queue.send("hi");
    auto worker = start_crex({"mq", "recv", name, "--exec", "echo $$; exec sleep 1000"});
    const pid_t command = pid_in(worker.read_line());
    BOOST_TEST(!queue.try_receive());
    worker.kill();
    BOOST_TEST(queue.receive().body == "hi");
    ::kill(command, SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(no_message_in_time_is_75, Robust) {
    BOOST_TEST(run("crex mq recv $N -t 10ms --exec true 2>/dev/null").status == 75);
}

BOOST_FIXTURE_TEST_CASE(exec_is_refused_on_other_backends, Shell) {
    crex::MessageQueue queue{
        name, crex::O_CREX, {.max_messages = 1, .backend = crex::Backend::posix}};
    queue.send("hi");
    const auto answer = run("crex mq recv $N --exec cat", Capture::errors);
    BOOST_TEST(answer.status == 64);
    BOOST_TEST(contains(answer.output, "robust"));
    BOOST_TEST(queue.current_messages() == 1U);
}
