// SPDX-License-Identifier: BSL-1.0

// Which waits yield the processor before they sleep.

#include <chrono>
#include <cstdint>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/timeout.hpp>

#include "robust/adaptive_spin.hpp"

using namespace std::chrono_literals;
using crex::detail::Deadline;
using crex::detail::robust::AdaptiveSpin;

namespace {

// Waits in vain while each yield takes more than 40 us, in which others make `calls_in_a_yield`.
struct SlowYields {
    AdaptiveSpin spin;
    std::uint64_t calls_in_a_yield;
    std::uint64_t calls = 0;

    // How often one wait yields.
    unsigned yields_of_a_wait() {
        unsigned counted = 0; // once before the first yield, and after each
        const auto is_ready = [] {
            std::this_thread::sleep_for(100us); // before the yield, whose time includes it
            return false;
        };
        const auto progress = [&] {
            ++counted;
            return calls += calls_in_a_yield;
        };
        spin.look(
            Deadline{crex::no_timeout}, 0, is_ready, [](unsigned) { return 0U; }, progress, [] {});
        return counted == 0 ? 0 : counted - 1;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(after_a_long_yield_in_which_nothing_is_done_the_next_256_waits_do_not_yield) {
    SlowYields waits{.spin = {}, .calls_in_a_yield = 0};
    BOOST_TEST(waits.yields_of_a_wait() == 1U);
    for (int wait = 0; wait < 256; ++wait) {
        BOOST_TEST(waits.yields_of_a_wait() == 0U);
    }
    BOOST_TEST(waits.yields_of_a_wait() == 1U);
}

BOOST_AUTO_TEST_CASE(waits_go_on_to_yield_while_other_users_of_the_object_make_many_calls) {
    SlowYields waits{.spin = {}, .calls_in_a_yield = 1'000'000};
    for (int wait = 0; wait < 10; ++wait) {
        BOOST_TEST(waits.yields_of_a_wait() == 24U);
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_count_of_calls_is_taken_for_many) {
    SlowYields waits{.spin = {}, .calls_in_a_yield = ~std::uint64_t{0}};
    BOOST_TEST(waits.yields_of_a_wait() == 24U);
}
