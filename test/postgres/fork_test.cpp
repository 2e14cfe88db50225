// SPDX-License-Identifier: BSL-1.0

// A forked child and the connection of its parent.

#include <optional>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include "contract/queue_fixture.hpp"
#include "helpers/outcome.hpp"
#include "postgres/server.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

using Fixture = QueueFixture<PostgresQueues>;

namespace {

// For a forked child, whose failures Boost.Test does not see.
template <class Expected, class Body> bool throws(int code, Body body) {
    try {
        body();
    } catch (const Expected& error) {
        return error.code().value() == code;
    }
    return false;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(inherited_handle_throws_in_a_child_and_harms_nothing, Fixture) {
    crex::RobustSemaphore semaphore{name, crex::O_CREX, {.at = server}};
    const Removed<PostgresSemaphores> its{name};
    semaphore.acquire();
    queue.send("leased");
    std::optional<crex::Lease> lease = queue.lease();
    const int outcome = in_child([&]() -> int {
        const bool all = throws<crex::Error>(ENOTSUP, [&] { queue.send("x"); }) &&
                         throws<crex::Error>(ENOTSUP, [&] { (void)queue.try_receive(); }) &&
                         throws<crex::Error>(ENOTSUP, [&] { (void)queue.stats(); }) &&
                         throws<crex::Error>(ENOTSUP, [&] { (void)semaphore.try_acquire(); }) &&
                         throws<crex::Error>(ENOTSUP, [&] { semaphore.release(); }) &&
                         throws<crex::LeaseLostError>(ESTALE, [&] { lease->ack(); });
        queue.close();
        semaphore.close();
        return all ? done : no;
    });
    BOOST_TEST(outcome == done);
    BOOST_TEST(semaphore.held() == 1U);
    lease->ack();
    queue.send("after");
    expect_next(queue, "after");
}

BOOST_FIXTURE_TEST_CASE(child_with_a_server_of_its_own_uses_the_same_objects, Fixture) {
    const int outcome = in_child([&] {
        crex::MessageQueue its{name, 0, {.at = postgres_server()}};
        its.send("from the child");
        return done;
    });
    BOOST_TEST(outcome == done);
    expect_next(queue, "from the child");
}

// The child keeps no copy of the connection, which would keep the parent's leases.
BOOST_FIXTURE_TEST_CASE(child_that_lives_on_does_not_keep_what_its_killed_parent_held, Fixture) {
    queue.send("work");
    Process parent{[&]() -> int {
        crex::MessageQueue its{name, 0, {.at = postgres_server()}};
        const auto lease = its.lease();
        if (fork() == 0) {
            sleep(20);
            _exit(0);
        }
        pause();
        return lease.bytes().empty() ? no : done;
    }};
    while (queue.current_messages() != 0) {
        usleep(1'000);
    }
    usleep(100'000);
    parent.kill();
    BOOST_TEST(queue.receive(15s).body == "work");
}
