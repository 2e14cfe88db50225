// SPDX-License-Identifier: BSL-1.0

// The programs that wait for a queue, a timer and standard input at the same time.

#include <boost/test/unit_test.hpp>

#include <crex/crex.hpp>

#include "support/typist.hpp"

using namespace test;

namespace {

const std::string tick = "a second has passed";

// On a busy machine, a timer tick may come in between.
std::string next_but_a_tick(Process& program) {
    std::string line = program.read_line();
    while (line == tick) {
        line = program.read_line();
    }
    return line;
}

void expect_to_say_what_comes_from_where(const std::string& program) {
    const std::string name = unique_name();
    crex::MessageQueue queue{name, crex::O_CREX};
    Typist typist{program, {name}};
    queue.send("one");
    BOOST_TEST(next_but_a_tick(typist.program()) == "message: one");
    typist.type("typed");
    BOOST_TEST(next_but_a_tick(typist.program()) == "input: typed");
    BOOST_TEST(typist.program().read_line() == tick);
    queue.send("two");
    BOOST_TEST(next_but_a_tick(typist.program()) == "message: two");
    typist.end_input();
    BOOST_TEST(typist.program().wait() == 0);
    queue.unlink();
}

} // namespace

BOOST_AUTO_TEST_CASE(event_loop_with_epoll_tells_the_source_of_each_event) {
    expect_to_say_what_comes_from_where(CREX_TEST_EXAMPLES "/example_event_loop_epoll");
}

BOOST_AUTO_TEST_CASE(event_loop_with_asio_tells_the_source_of_each_event) {
    expect_to_say_what_comes_from_where(CREX_TEST_EXAMPLES "/example_event_loop_asio");
}
