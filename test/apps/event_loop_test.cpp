// SPDX-License-Identifier: BSL-1.0

// The programs that wait for a queue, a timer and standard input at once.

#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <crex/crex.hpp>

#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

void expect_to_say_what_comes_from_where(const char* kind) {
    const std::string name = unique_name();
    crex::MessageQueue queue{name, crex::O_CREX};
    const std::string fifo = std::filesystem::temp_directory_path() / name.substr(1);
    BOOST_TEST_REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    std::ostringstream command;
    command << "exec " CREX_TEST_EXAMPLES "/example_event_loop_" << kind << ' ' << name << " <"
            << fifo;
    Process program{"/bin/sh", {"-c", command.str()}};
    std::ofstream input{fifo};
    std::filesystem::remove(fifo);

    queue.send("one");
    BOOST_TEST(program.read_line() == "message: one");
    input << "typed" << std::endl;
    BOOST_TEST(program.read_line() == "input: typed");
    BOOST_TEST(program.read_line() == "a second has passed");
    queue.send("two");
    BOOST_TEST(program.read_line() == "message: two");
    input.close();
    BOOST_TEST(program.wait() == 0);
    queue.unlink();
}

} // namespace

BOOST_AUTO_TEST_CASE(with_epoll_it_says_what_comes_from_where) {
    expect_to_say_what_comes_from_where("epoll");
}

BOOST_AUTO_TEST_CASE(with_asio_it_says_what_comes_from_where) {
    expect_to_say_what_comes_from_where("asio");
}
