// SPDX-License-Identifier: BSL-1.0

// crex mq send, recv, peek, stat and purge.

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "shell.hpp"
#include "support/expect.hpp"
#include "support/sanitized.hpp"

using namespace test;

namespace {

struct Robust : Shell {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 100, .max_message_size = 20}};
};

template <crex::Backend backend> struct On : Shell {
    crex::MessageQueue queue{
        name, crex::O_CREX, {.max_messages = 4, .max_message_size = 64, .backend = backend}};
};

using Backends =
    boost::mpl::list<On<crex::Backend::robust>, On<crex::Backend::posix>, On<crex::Backend::boost>>;

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(messages_go_through_a_queue_on_every_backend, Fixture, Backends) {
    Fixture f;
    BOOST_TEST(f.run("printf 'a b\\n' | crex mq send $N -p 3").status == 0);
    BOOST_TEST(f.queue.current_messages() == 1U);
    BOOST_TEST(f.run("printf x | crex mq send $N -p 9; crex mq recv $N --format raw -n 2") ==
               (Answer{0, "xa b\n"}));
    BOOST_TEST(f.run("printf '1\\n2\\n3' | crex mq send --lines $N; crex mq recv $N --drain") ==
               (Answer{0, "1\n2\n3\n"}));
    BOOST_TEST(f.run("printf 1 | crex mq send $N; crex mq purge -v $N; crex mq recv $N --drain") ==
               (Answer{0, "1\n"}));
    BOOST_TEST(f.run("crex mq recv $N -t 10ms -E 8 2>/dev/null").status == 8);
    BOOST_TEST(f.run("crex mq stat $N | grep -c '^messages 0$'") == (Answer{0, "1\n"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(many_lines_go_through_a_small_queue, Fixture, Backends) {
    Fixture f;
    BOOST_TEST(f.run("seq 1 20000 | crex mq send -l $N & crex mq recv -n 20000 $N | cksum; wait") ==
               f.run("seq 1 20000 | cksum"));
}

BOOST_FIXTURE_TEST_CASE(a_message_may_be_anything_up_to_its_longest, Robust) {
    BOOST_TEST(run("crex mq send $N < /dev/null").status == 0);
    BOOST_TEST(queue.receive().body.empty());
    BOOST_TEST(run("head -c 20 /dev/zero | crex mq send $N").status == 0);
    BOOST_TEST(queue.receive().body == std::string(20, '\0'));
    BOOST_TEST(run("head -c 21 /dev/zero | crex mq send $N 2>/dev/null").status == 65);
    BOOST_TEST(queue.current_messages() == 0U);
}

BOOST_FIXTURE_TEST_CASE(lines_before_one_that_is_too_long_are_sent, Robust) {
    const auto answer =
        run("printf '1\\n2\\n%030d\\n4\\n' 3 | crex mq send --lines $N", Capture::errors);
    BOOST_TEST(answer.status == 65);
    BOOST_TEST(contains(answer.output, "record 3 "));
    BOOST_TEST(run("crex mq recv --drain $N") == (Answer{0, "1\n2\n"}));
}

BOOST_FIXTURE_TEST_CASE(records_may_end_with_a_zero_byte, Robust) {
    BOOST_TEST(run("printf 'a\\nb\\0\\0c' | crex mq send -0 $N").status == 0);
    BOOST_TEST(queue.receive().body == "a\nb");
    BOOST_TEST(queue.receive().body == "");
    BOOST_TEST(queue.receive().body == "c");
    queue.send("x");
    queue.send("y");
    BOOST_TEST(run("crex mq recv --drain -0 $N | tr '\\0' ,") == (Answer{0, "x,y,"}));
}

BOOST_FIXTURE_TEST_CASE(a_line_is_sent_as_soon_as_it_is_there, Robust) {
    const Feed feed;
    auto sender = start_crex({"mq", "send", "--lines", name});
    feed.put("one\nha");
    BOOST_TEST(queue.receive().body == "one");
    feed.put("lf\n");
    BOOST_TEST(queue.receive().body == "half");
}

BOOST_FIXTURE_TEST_CASE(follower_writes_each_message_at_once, Robust) {
    auto follower = start_crex({"mq", "recv", "--follow", name});
    for (const char* const text : {"one", "two"}) {
        queue.send(text);
        BOOST_TEST(follower.read_line() == text);
        follower.wait_until_asleep();
    }
    queue.send("three");
    queue.shutdown();
    BOOST_TEST(follower.read_all() == "three\n");
    BOOST_TEST(follower.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(messages_can_be_shown_in_several_ways, Robust) {
    const auto shown = [&](const std::string& options, const char* body) {
        queue.send(body, crex::do_not_wait, 7);
        return run("crex mq recv $N " + options).output;
    };
    BOOST_TEST(shown("", "hi") == "hi\n");
    BOOST_TEST(shown("--format raw", "hi") == "hi");
    BOOST_TEST(shown("--format hex", "hi\xFF") == "6869ff\n");
    BOOST_TEST(shown("-f json", "a\"b") == "{\"priority\":7,\"size\":3,\"text\":\"a\\\"b\"}\n");
    BOOST_TEST(shown("-f json", "\xFF") == "{\"priority\":7,\"size\":1,\"hex\":\"ff\"}\n");
    BOOST_TEST(shown("--print-priority", "hi") == "7\thi\n");
    BOOST_TEST(run("crex mq recv $N -f paper 2>/dev/null").status == 64);
}

BOOST_FIXTURE_TEST_CASE(peek_leaves_the_message_there, Robust) {
    BOOST_TEST(run("crex mq peek $N 2>/dev/null").status == 75);
    queue.send("hi");
    BOOST_TEST(run("crex mq peek $N") == (Answer{0, "hi\n"}));
    BOOST_TEST(queue.current_messages() == 1U);
}

BOOST_FIXTURE_TEST_CASE(peek_needs_a_robust_queue, On<crex::Backend::posix>) {
    BOOST_TEST(contains(run("crex mq peek $N", Capture::errors).output, "robust"));
}

BOOST_FIXTURE_TEST_CASE(stat_can_be_read_by_programs, Robust) {
    queue.send("hi");
    const auto answer = run("crex mq stat --json $N");
    BOOST_TEST(contains(answer.output, "\"backend\": \"robust\""));
    BOOST_TEST(contains(answer.output, "\"sent\": 1"));
    BOOST_TEST(contains(answer.output, "\"participants\": 1,"));
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_is_75_in_time, On<crex::Backend::robust>) {
    const auto answer = run("seq 9 | crex mq send --lines -t 10ms $N", Capture::errors);
    BOOST_TEST(answer.status == 75);
    BOOST_TEST(contains(answer.output, "sent before: 4"));
    BOOST_TEST(run("echo 5 | crex mq send -t 0 $N 2>/dev/null").status == 75);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_ends_a_wait, Fixture, Backends) {
    Fixture f;
    auto receiver = f.start_crex({"mq", "recv", f.name});
    receiver.wait_until_asleep();
    receiver.signal(SIGINT);
    BOOST_TEST(receiver.wait() == -SIGINT); // a shell reports 130
    f.queue.send("still fine");
    BOOST_TEST(f.queue.receive().body == "still fine");
}

BOOST_FIXTURE_TEST_CASE(ctrl_c_ends_reading_of_standard_input, Robust) {
    const Feed feed;
    auto sender = start_crex({"mq", "send", name});
    sender.wait_until_asleep();
    sender.signal(SIGINT);
    BOOST_TEST(sender.wait() == -SIGINT);
}

BOOST_FIXTURE_TEST_CASE(missing_queue_is_66_and_a_senseless_option_64, Shell) {
    for (const char* const verb : {"send", "recv", "peek", "stat", "purge"}) {
        const auto words = std::string{"crex mq "}.append(verb).append(" $N </dev/null");
        BOOST_TEST(run(words, Capture::errors).status == 66);
        BOOST_TEST(run(words + " --backend paper", Capture::errors).status == 64);
        BOOST_TEST(run(words + " --nonsense", Capture::errors).status == 64);
    }
    BOOST_TEST(run("crex mq recv $N --drain --follow 2>/dev/null").status == 66);
}

BOOST_FIXTURE_TEST_CASE(a_closed_standard_stream_is_74_and_does_the_queue_no_harm, Shell) {
    BOOST_TEST(run("crex create mq $N; crex mq send $N <&- 2>/dev/null").status == 74);
    BOOST_TEST(run("seq 3 | crex mq send -l $N; crex mq recv $N >&- 2>/dev/null").status == 74);
    BOOST_TEST(run("crex mq recv $N 2>&-") == (Answer{0, "2\n"}));
    BOOST_TEST(crex::MessageQueue{name}.current_messages() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_line_without_an_end_is_65_in_little_memory, Shell) {
    const std::string in_little_memory = sanitized ? "" : "ulimit -v 400000; ";
    BOOST_TEST(run("crex create mq $N --max-size 100; " + in_little_memory +
                   "(echo good; head -c 300M /dev/zero) | crex mq send -l $N 2>/dev/null")
                   .status == 65);
    BOOST_TEST(crex::MessageQueue{name}.receive().body == "good");
}
