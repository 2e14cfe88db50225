// SPDX-License-Identifier: BSL-1.0

// A thousand processes are killed one after the other while they wait, on both ends of a queue.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "waiting.hpp"
#include "waking.hpp"

using namespace crash;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kills = 1000;
const std::size_t points = thorough ? 100'000U : 150U;
constexpr WaitOptions short_patience{500ms, 2s};

void expect_soon_hung(Figures figures) {
    std::cout << "raw Boost, " << to_string(figures) << '\n'
              << "raw Boost, " << figures.what << ": hung at kill " << figures.kills << std::endl;
    BOOST_TEST(figures.hung == 1U);
}

} // namespace

BOOST_AUTO_TEST_CASE(receivers_killed_while_waiting_harm_nobody) {
    if (can_kill()) {
        expect_faultless(kill_waiting_receivers(robust, kills, {}));
    }
}

BOOST_AUTO_TEST_CASE(senders_killed_while_waiting_harm_nobody) {
    if (can_kill()) {
        expect_faultless(kill_waiting_senders(robust, kills, {}));
    }
}

BOOST_AUTO_TEST_CASE(receivers_killed_while_waiting_soon_hang_raw_boost) {
    if (can_kill()) {
        expect_soon_hung(kill_waiting_receivers(raw_boost, kills, short_patience));
    }
}

BOOST_AUTO_TEST_CASE(senders_killed_while_waiting_soon_hang_raw_boost) {
    if (can_kill()) {
        expect_soon_hung(kill_waiting_senders(raw_boost, kills, short_patience));
    }
}

BOOST_AUTO_TEST_CASE(waiter_gets_on_although_its_waker_is_killed) {
    if (can_step()) {
        expect_faultless(kill_senders_to_a_waiting_receiver(robust, points));
        expect_faultless(kill_receivers_from_a_waiting_sender(robust, points));
    }
}

BOOST_AUTO_TEST_CASE(processes_killed_while_waiting_on_a_kernel_queue_harm_nobody) {
    if (can_kill()) {
        expect_faultless(kill_waiting_receivers(kernel, 50, {}));
        expect_faultless(kill_waiting_senders(kernel, 50, {}));
    }
}
