// SPDX-License-Identifier: BSL-1.0

// crex, boost::interprocess::named_semaphore and Python use one semaphore.

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "interop/peers.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

struct Fixture {
    std::string name = unique_name();
    Removed<Semaphores> removed{name};
};

} // namespace

BOOST_FIXTURE_TEST_CASE_TEMPLATE(permit_released_here_is_acquired_there, Peer, Peers, Fixture) {
    crex::Semaphore semaphore{name, crex::O_CREX};
    BOOST_TEST(run<Peer>({"acquire", name}) == no);
    semaphore.release();
    BOOST_TEST(run<Peer>({"acquire", name}) == done);
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(permit_released_there_is_acquired_here, Peer, Peers, Fixture) {
    crex::Semaphore semaphore{name, crex::O_CREX};
    BOOST_TEST(run<Peer>({"release", name}) == done);
    BOOST_TEST(semaphore.value() == 1U);
    BOOST_TEST(semaphore.try_acquire());
    BOOST_TEST(!semaphore.try_acquire());
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(the_initial_value_given_there_counts_here, Peer, Peers, Fixture) {
    BOOST_TEST_REQUIRE(run<Peer>({"create-semaphore", name, "2"}) == done);
    crex::Semaphore semaphore{name};
    BOOST_TEST(semaphore.value() == 2U);
    semaphore.acquire();
    BOOST_TEST(run<Peer>({"acquire", name}) == done);
    BOOST_TEST(!semaphore.try_acquire());
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_name_taken_here_is_taken_there, Peer, Peers, Fixture) {
    crex::Semaphore semaphore{name, crex::O_CREX};
    BOOST_TEST(run<Peer>({"create-semaphore", name, "1"}) == other_error);
    semaphore.unlink();
    BOOST_TEST(run<Peer>({"create-semaphore", name, "1"}) == done);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_release_here_wakes_a_waiter_there, Peer, Peers, Fixture) {
    crex::Semaphore semaphore{name, crex::O_CREX};
    auto waiter = start_and_let_wait<Peer>({"wait", name});
    semaphore.release();
    BOOST_TEST(waiter.wait() == done);
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_release_there_wakes_a_waiter_here, Peer, Peers, Fixture) {
    const crex::Semaphore semaphore{name, crex::O_CREX};
    auto waiter = start_and_let_wait<Crex>({"acquire", name});
    BOOST_TEST(run<Peer>({"release", name}) == done);
    BOOST_TEST(waiter.wait() == done);
    BOOST_TEST(semaphore.value() == 0U);
}
