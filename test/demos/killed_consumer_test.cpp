// SPDX-License-Identifier: BSL-1.0

// producer_consumer when workers are killed or the program is interrupted: with methods that
// survive kills nothing is lost, and with every method nothing is left behind.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <sched.h>

#include "demos/bounded_buffer.hpp"
#include "support/eventually.hpp"
#include "support/private_shm.hpp"

using namespace test;

namespace {

// Gives this test and its child processes an empty /dev/shm and empty kernel tables.
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
        --count; // the heading
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

// A run without an end, already started.
template <class Method> struct Endless {
    Endless()
        : program{app("producer_consumer"),
                  how<Method>({"--items", "20000000", "--producers", "2", "--consumers", "2"})} {
        // The worker processes and the process that cleans up; they are started after the objects
        // are made.
        BOOST_TEST_REQUIRE(eventually([&] { return children_of(program.pid()).size() >= 4; }));
    }

    Program program;
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(kills_lose_only_items_that_the_victims_held, Method, SafeWays) {
    const auto rows =
        table_of(how<Method>({"--items", "100000", "--size", "4096", "--capacity", "10",
                              "--producers", "3", "--consumers", "3", "--kill-every", "3ms"}));
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].kills > 0U);
    BOOST_TEST(rows[0].held <= rows[0].kills);
    BOOST_TEST(rows[0].items + rows[0].held == 100000U);
    BOOST_TEST(rows[0].lost + rows[0].duplicated == 0U);
}

BOOST_AUTO_TEST_CASE(methods_that_survive_kills_are_chosen_unless_others_are_given) {
    const auto rows = table_of({"--items", "1000", "--kill-every", "1s"});
    BOOST_TEST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(rows[0].method == "queue (robust)");
    BOOST_TEST(rows[1].method == "ring");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(killing_is_refused_for_a_method_that_it_harms, Method, UnsafeWays) {
    expect_usage_error(how<Method>({"--kill-every", "10ms"}),
                       "--kill-every does not go with " + title<Method>() + ": ");
}

BOOST_AUTO_TEST_CASE(killing_is_refused_for_all_methods_at_once_with_the_reason) {
    expect_usage_error({"--method", "all", "--kill-every", "10ms"},
                       "nobody gives back what a process had acquired of a semaphore");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(worker_killed_from_outside_is_replaced_where_kills_do_no_harm, Method,
                              SafeWays) {
    Program program{app("producer_consumer"), how<Method>({"--items", "1000000", "--size", "256"})};
    BOOST_TEST_REQUIRE(eventually([&] {
        const auto children = children_of(program.pid());
        return children.size() == 8 && kill(children.back(), SIGKILL) == 0;
    }));
    expect_exit(program, 0);
    const auto rows = rows_in(program.output());
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].kills == 1U);
    BOOST_TEST(rows[0].items + rows[0].held == 1000000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(worker_killed_from_outside_ends_the_run_where_kills_do_harm, Method,
                              UnsafeWays) {
    if (!alone()) {
        return;
    }
    Endless<Method> run;
    kill(children_of(run.program.pid()).back(), SIGKILL);
    expect_exit(run.program, 3);
    BOOST_TEST(contains(run.program.output(), "was ended by signal 9"));
    BOOST_TEST(eventually(nothing_is_left));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_leaves_nothing, Method, EveryMethod) {
    if (!alone()) {
        return;
    }
    Endless<Method> run;
    run.program.signal(SIGINT);
    expect_exit(run.program, 3);
    BOOST_TEST(contains(run.program.output(), "interrupted by a signal"));
    BOOST_TEST(eventually(nothing_is_left));
}

// After a kill, nothing is left either. But no parent waits here until all processes have gone.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_kill_leaves_nothing, Method, EveryMethod) {
    if (!alone()) {
        return;
    }
    Endless<Method> run;
    run.program.signal(SIGKILL);
    BOOST_TEST(run.program.wait() == -SIGKILL);
    BOOST_TEST(eventually(nothing_is_left));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_to_the_end_leaves_nothing, Method, EveryMethod) {
    if (!alone()) {
        return;
    }
    expect_all_once<Method>(1000, {});
    BOOST_TEST(eventually(nothing_is_left));
}
