// SPDX-License-Identifier: BSL-1.0

// crex ring put and get.

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "shell.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

struct Small : Shell {
    crex::Ring ring{name, crex::O_CREX, {.capacity = 4096}};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_stream_goes_through_whole_and_ends, Shell) {
    BOOST_TEST(run("seq 300000 | crex ring put -c --capacity 64K $N & "
                   "crex ring get -c --remove $N | cksum; wait") == run("seq 300000 | cksum"));
    BOOST_TEST(!crex::inspect_ring(name));
}

BOOST_FIXTURE_TEST_CASE(a_stream_may_be_left_open_for_another_producer, Small) {
    BOOST_TEST(run("printf a | crex ring put --keep $N; printf b | crex ring put $N; "
                   "crex ring get $N") == (Answer{0, "ab"}));
}

BOOST_FIXTURE_TEST_CASE(a_producer_that_goes_without_an_end_is_65_after_what_it_put_in, Small) {
    const Feed feed;
    auto producer = start_crex({"ring", "put", name});
    auto getter = start_crex({"ring", "get", name});
    feed.put("a");
    BOOST_TEST(getter.read_some() == "a");
    feed.put("b");
    producer.wait_until_asleep();
    producer.kill();
    BOOST_TEST(getter.read_some() == "b"); // the record stays in the ring until it is read
    BOOST_TEST(getter.wait() == 65);
}

BOOST_FIXTURE_TEST_CASE(timeout_without_a_record_is_75, Small) {
    BOOST_TEST(run("crex ring get $N -t 10ms 2>/dev/null").status == 75);
    BOOST_TEST(run("head -c 9000 /dev/zero | crex ring put $N -t 10ms -E 5 2>/dev/null").status ==
               5);
}

BOOST_FIXTURE_TEST_CASE(a_second_consumer_is_75, Small) {
    const auto consumer = ring.consumer();
    const auto answer = run("crex ring get $N", Capture::errors);
    BOOST_TEST(answer.status == 75);
    BOOST_TEST(contains(answer.output, name));
}

BOOST_FIXTURE_TEST_CASE(ctrl_c_ends_a_wait_and_the_next_consumer_goes_on, Small) {
    auto getter = start_crex({"ring", "get", name});
    getter.wait_until_asleep();
    getter.signal(SIGINT);
    BOOST_TEST(getter.wait() == -SIGINT); // a shell reports 130
    BOOST_TEST(run("printf a | crex ring put $N; crex ring get $N") == (Answer{0, "a"}));
}

BOOST_FIXTURE_TEST_CASE(missing_ring_is_66, Shell) {
    BOOST_TEST(run("crex ring get $N 2>/dev/null").status == 66);
    BOOST_TEST(run("crex ring put $N </dev/null 2>/dev/null").status == 66);
    BOOST_TEST(run("crex ring get $N --capacity 4K 2>/dev/null").status == 64);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_option_makes_no_ring, Shell) {
    BOOST_TEST(run("crex ring put -c -t soon $N </dev/null 2>/dev/null").status == 64);
    BOOST_TEST(run("crex ring get -c -t soon $N 2>/dev/null").status == 64);
    BOOST_TEST(!crex::inspect_ring(name));
}

BOOST_FIXTURE_TEST_CASE(a_closed_standard_stream_is_74_and_does_the_ring_no_harm, Shell) {
    BOOST_TEST(run("printf abc | crex ring put -c $N; crex ring get $N >&- 2>/dev/null").status ==
               74);
    BOOST_TEST(run("crex ring get $N") == (Answer{0, "abc"}));
    BOOST_TEST(run("crex rm $N; crex ring put -ck $N <&- 2>/dev/null").status == 74);
    BOOST_TEST(crex::Ring{name}.current_records() == 0U);
}
