// SPDX-License-Identifier: BSL-1.0

// producer_consumer: every item gets through, whatever the buffer is made of, and whoever is killed
// where that does no harm; and however it ends, nothing is left.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <sched.h>

#include "apps/stage.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/private_shm.hpp"

using namespace test;

namespace {

using Words = std::vector<std::string>;

// One line of the table.
struct Row {
    std::string way;
    std::uint64_t items = 0, lost = 0, duplicated = 0, held = 0, kills = 0, rate = 0;
};

std::optional<Row> row_of(const std::string& title, const std::string& line) {
    if (line.rfind(title, 0) != 0) {
        return std::nullopt;
    }
    Row row{.way = title};
    std::istringstream figures{line.substr(title.size())};
    figures >> row.items >> row.lost >> row.duplicated >> row.held >> row.kills >> row.rate;
    return figures ? std::optional{row} : std::nullopt;
}

std::vector<Row> rows_in(const std::string& text) {
    std::vector<Row> rows;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        for (const std::string title :
             {"semaphores", "queue (robust)", "queue (boost)", "queue (posix)", "ring", "sysv"}) {
            if (const auto row = row_of(title, line)) {
                rows.push_back(*row);
            }
        }
    }
    return rows;
}

std::vector<Row> table_of(const Words& arguments) {
    Program program{app("producer_consumer"), arguments};
    expect_exit(program, 0);
    const auto rows = rows_in(program.output());
    BOOST_TEST_REQUIRE(!rows.empty(), program.output());
    return rows;
}

// The ways, as options.

struct Semaphores {
    static constexpr const char* way = "semaphores";
    static constexpr const char* backend = "robust"; // of the queue that it has not
};
struct Sysv {
    static constexpr const char* way = "sysv";
    static constexpr const char* backend = "robust";
};
struct Rings {
    static constexpr const char* way = "ring";
    static constexpr const char* backend = "robust";
};
struct RobustQueue {
    static constexpr const char* way = "queue";
    static constexpr const char* backend = "robust";
};
struct BoostQueue {
    static constexpr const char* way = "queue";
    static constexpr const char* backend = "boost";
};
struct PosixQueue {
    static constexpr const char* way = "queue";
    static constexpr const char* backend = "posix";
};

using EveryWay = std::tuple<Semaphores, Sysv, Rings, RobustQueue, BoostQueue, PosixQueue>;
using SafeWays = std::tuple<Rings, RobustQueue, PosixQueue>;
using UnsafeWays = std::tuple<Semaphores, Sysv, BoostQueue>;

template <class Way> Words how(const Words& more) {
    Words arguments{"--way", Way::way, "--backend", Way::backend};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

// How its line begins.
template <class Way> std::string title() {
    std::string text{Way::way};
    if (text == "queue") {
        text.append(" (").append(Way::backend).append(")");
    }
    return text;
}

template <class Way> void expect_all_once(std::uint64_t items, const Words& more) {
    Words arguments{"--items", std::to_string(items)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto rows = table_of(how<Way>(arguments));
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].way == title<Way>());
    BOOST_TEST(rows[0].items == items);
    BOOST_TEST(rows[0].lost + rows[0].duplicated + rows[0].held + rows[0].kills == 0U);
    BOOST_TEST(rows[0].rate > 0U);
}

// An empty /dev/shm and empty tables of the kernel's, for this test and what it starts.
bool alone() {
    static const bool answer = enter_private_shm("64m") && unshare(CLONE_NEWIPC) == 0;
    if (!answer) {
        skip("a /dev/shm and an IPC namespace of its own are not permitted here");
    }
    return answer;
}

std::size_t in_the_kernels_tables() {
    std::size_t count = 0;
    for (const char* const kind : {"sem", "shm", "msg"}) {
        std::ifstream table{std::filesystem::path{"/proc/sysvipc"} / kind};
        for (std::string line; std::getline(table, line); ++count) {
        }
        --count; // the columns' names
    }
    return count;
}

bool nothing_is_left() {
    return files_in_shm() == 0 && pages_in_use_in_shm() == 0 && in_the_kernels_tables() == 0;
}

std::vector<pid_t> children_of(pid_t parent) {
    std::ostringstream path;
    path << "/proc/" << parent << "/task/" << parent << "/children";
    std::ifstream file{path.str()};
    return {std::istream_iterator<pid_t>{file}, {}};
}

// A run without an end, that has begun.
template <class Way> struct Endless {
    Endless()
        : program{app("producer_consumer"),
                  how<Way>({"--items", "20000000", "--producers", "2", "--consumers", "2"})} {
        // The processes, and a janitor; made after the objects.
        BOOST_TEST_REQUIRE(eventually([&] { return children_of(program.pid()).size() >= 4; }));
    }

    Program program;
};

void expect_usage_error(const Words& arguments, const std::string& reason) {
    Program program{app("producer_consumer"), arguments};
    expect_exit(program, 2);
    BOOST_TEST(contains(program.output(), reason), program.output());
}

} // namespace

BOOST_AUTO_TEST_CASE(every_way_is_in_the_table_unless_one_is_given) {
    const auto rows = table_of({"--items", "5000", "--producers", "3", "--consumers", "2"});
    const Words expected{"semaphores", "queue (robust)", "ring", "sysv"};
    BOOST_TEST_REQUIRE(rows.size() == expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST(rows[i].way == expected[i]);
        BOOST_TEST(rows[i].items == 5000U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_item_of_several_producers_gets_to_one_of_several_consumers, Way,
                              EveryWay) {
    expect_all_once<Way>(20000, {"--producers", "3", "--consumers", "4"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_smallest_items_get_through, Way, EveryWay) {
    expect_all_once<Way>(20000, {"--size", "16"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(items_whose_size_fits_nothing_get_through, Way, EveryWay) {
    expect_all_once<Way>(2000, {"--size", "8191"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(room_for_one_item_is_enough, Way, EveryWay) {
    expect_all_once<Way>(2000, {"--capacity", "1", "--producers", "2", "--consumers", "3"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_producer_and_one_consumer_are_enough, Way, EveryWay) {
    expect_all_once<Way>(20000, {"--producers", "1", "--consumers", "1"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_for_whom_there_is_no_item_come_to_an_end, Way, EveryWay) {
    expect_all_once<Way>(1, {"--producers", "5", "--consumers", "6"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_lost_but_what_the_killed_held, Way, SafeWays) {
    const auto rows =
        table_of(how<Way>({"--items", "100000", "--size", "4096", "--capacity", "10", "--producers",
                           "3", "--consumers", "3", "--kill-every", "3ms"}));
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].kills > 0U);
    BOOST_TEST(rows[0].held <= rows[0].kills);
    BOOST_TEST(rows[0].items + rows[0].held == 100000U);
    BOOST_TEST(rows[0].lost + rows[0].duplicated == 0U);
}

BOOST_AUTO_TEST_CASE(those_who_may_be_killed_are_chosen_unless_others_are_given) {
    const auto rows = table_of({"--items", "1000", "--kill-every", "1s"});
    BOOST_TEST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(rows[0].way == "queue (robust)");
    BOOST_TEST(rows[1].way == "ring");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(killing_is_refused_where_it_does_harm, Way, UnsafeWays) {
    expect_usage_error(how<Way>({"--kill-every", "10ms"}),
                       "--kill-every does not go with " + title<Way>() + ": ");
}

BOOST_AUTO_TEST_CASE(killing_is_refused_for_all_ways_with_the_reason) {
    expect_usage_error({"--way", "all", "--kill-every", "10ms"},
                       "nobody gives back what a process had acquired of a semaphore");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    somebody_killed_from_outside_is_followed_by_another_where_it_does_no_harm, Way, SafeWays) {
    Program program{app("producer_consumer"), how<Way>({"--items", "1000000"})};
    BOOST_TEST_REQUIRE(eventually([&] { return children_of(program.pid()).size() == 8; }));
    kill(children_of(program.pid()).back(), SIGKILL);
    expect_exit(program, 0);
    const auto rows = rows_in(program.output());
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].kills == 1U);
    BOOST_TEST(rows[0].items + rows[0].held == 1000000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(somebody_killed_from_outside_ends_the_run_where_it_does_harm, Way,
                              UnsafeWays) {
    if (!alone()) {
        return;
    }
    Endless<Way> run;
    kill(children_of(run.program.pid()).back(), SIGKILL);
    expect_exit(run.program, 3);
    BOOST_TEST(contains(run.program.output(), "was ended by signal 9"));
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_leaves_nothing, Way, EveryWay) {
    if (!alone()) {
        return;
    }
    Endless<Way> run;
    run.program.signal(SIGINT);
    expect_exit(run.program, 3);
    BOOST_TEST(contains(run.program.output(), "interrupted by a signal"));
    BOOST_TEST(nothing_is_left());
}

// Not even then; but nobody is there to wait until all have gone.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_kill_leaves_nothing, Way, EveryWay) {
    if (!alone()) {
        return;
    }
    Endless<Way> run;
    run.program.signal(SIGKILL);
    BOOST_TEST(run.program.wait() == -SIGKILL);
    BOOST_TEST(eventually(nothing_is_left));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_to_the_end_leaves_nothing, Way, EveryWay) {
    if (!alone()) {
        return;
    }
    expect_all_once<Way>(1000, {});
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(quiet_leaves_the_table_alone) {
    Program program{app("producer_consumer"), {"--quiet", "--items", "100", "--way", "ring"}};
    expect_exit(program, 0);
    BOOST_TEST(program.output().rfind("way ", 0) == 0U, program.output());
    BOOST_TEST(contains(program.output(), "held by the killed"));
}

BOOST_AUTO_TEST_CASE(progress_is_for_terminals) {
    Program program{app("producer_consumer"), {"--items", "100", "--way", "ring"}};
    expect_exit(program, 0);
    BOOST_TEST(!contains(program.output(), "*"), program.output());
}

BOOST_AUTO_TEST_CASE(help_is_no_error) {
    Program program{app("producer_consumer"), {"--help"}};
    expect_exit(program, 0);
    BOOST_TEST(contains(program.output(), "--kill-every"));
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_a_usage_error) {
    expect_usage_error({"--way", "magic"}, "there is no magic");
    expect_usage_error({"--backend", "magic"}, "there is no magic");
    expect_usage_error({"--items", "0"}, "--items: 0 is not a number from 1");
    expect_usage_error({"--items", "many"}, "--items: many");
    expect_usage_error({"--producers", "-1"}, "--producers: -1");
    expect_usage_error({"--consumers", "0"}, "--consumers: 0");
    expect_usage_error({"--capacity", "0"}, "--capacity: 0");
    expect_usage_error({"--size", "15"}, "--size: 15 is not a number from 16");
    expect_usage_error({"--kill-every", "0ms"}, "--kill-every: 0ms is not a time");
    expect_usage_error({"--kill-every", "5"}, "--kill-every: 5 is not a time");
    expect_usage_error({"--speed", "9"}, "speed");
    expect_usage_error({"everything"}, "");
}
