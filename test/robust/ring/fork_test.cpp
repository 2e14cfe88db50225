// SPDX-License-Identifier: BSL-1.0

// Roles stay with the parent of a forked child.

#include <atomic>
#include <functional>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers/outcome_of.hpp"
#include "robust/ring/fixture.hpp"
#include "support/eventually.hpp"

using namespace test;

BOOST_FIXTURE_TEST_CASE(roles_of_the_parent_are_closed_in_a_child, RolesFixture) {
    out.send("x");
    BOOST_TEST(in_child([&] { return out.send("y"), done; }) == existential_error);
    BOOST_TEST(in_child([&] { return (void)in.receive(), done; }) == existential_error);
    BOOST_TEST(in_child([&] { return out.close(), in.close(), done; }) == done);
    expect_next("x");
    out.send("z");
    expect_next("z");
    BOOST_TEST(!ring.try_producer());
}

BOOST_FIXTURE_TEST_CASE(a_child_is_refused_the_roles_that_its_parent_has, RolesFixture) {
    BOOST_TEST(in_child([&] { return (void)ring.producer(), done; }) == busy_error);
    BOOST_TEST(in_child([&] { return (void)ring.consumer(), done; }) == busy_error);
    BOOST_TEST(in_child([&] { return ring.has_producer() && ring.has_consumer() ? done : no; }) ==
               done);
}

BOOST_FIXTURE_TEST_CASE(a_child_may_take_a_role_of_its_own, RingFixture) {
    auto in = ring.consumer();
    BOOST_TEST(in_child([&] { return ring.producer().send("from the child"), done; }) == done);
    BOOST_TEST(in.receive() == "from the child");
    BOOST_TEST(!ring.has_producer());
}

// Also holds for a child that is forked while another thread takes the role or gives it up.
BOOST_FIXTURE_TEST_CASE(child_never_keeps_a_role_that_its_parent_takes_while_forking, RingFixture) {
    enum Order { go_on, stop_here, end };
    std::atomic<Order> order{go_on};
    std::atomic<bool> stopped{false};
    std::atomic<int> refusals{0};
    std::thread taker{[&] {
        while (order != end) {
            refusals += ring.try_producer() ? 0 : 1;
            while (order == stop_here) {
                stopped = true;
                std::this_thread::yield();
            }
            stopped = false;
        }
    }};
    for (int i = 0; i < 300; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            for (;;) {
                pause();
            }
        }
        order = stop_here;
        while (!stopped) {
            std::this_thread::yield();
        }
        BOOST_TEST(!ring.has_producer());
        order = go_on;
        while (stopped) {
            std::this_thread::yield();
        }
        ::kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
    }
    order = end;
    taker.join();
    BOOST_TEST(refusals == 0);
}

BOOST_FIXTURE_TEST_CASE(a_child_that_lives_on_does_not_keep_a_dead_parent_s_role, RingFixture) {
    auto peer = start("hold-producer-and-fork");
    const auto child = static_cast<pid_t>(std::stol(peer.read_line()));
    BOOST_TEST(!ring.try_producer());
    peer.kill();
    BOOST_TEST(state_of(child) != '?');
    BOOST_TEST(eventually([&] { return ring.try_producer().has_value(); })); // once it has run
    ::kill(child, SIGKILL);
}
