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
using crex::detail::robust::YieldsLeftOut;

namespace {

// Waits in vain while each yield takes more than `a_yield`, in which others do something with the
// object `done_in_a_yield` times.
struct Waits {
    AdaptiveSpin spin;
    std::chrono::microseconds a_yield;
    std::uint64_t done_in_a_yield;
    std::uint64_t done = 0;

    // How often one wait yields.
    unsigned yields_of_a_wait() {
        unsigned counted = 0; // once before the first yield, and after each
        const auto is_ready = [&] {
            if (a_yield != 0us) {
                std::this_thread::sleep_for(a_yield); // before the yield, whose time includes it
            }
            return false;
        };
        const auto progress = [&] {
            ++counted;
            return done += done_in_a_yield;
        };
        spin.look(
            Deadline{crex::no_timeout}, 0, is_ready, [](unsigned) { return 0U; }, progress, [] {});
        return counted == 0 ? 0 : counted - 1;
    }
};

// How many waits do not yield now.
int left_out(YieldsLeftOut& yields) {
    int waits = 0;
    while (yields.count_wait()) {
        ++waits;
    }
    return waits;
}

} // namespace

BOOST_AUTO_TEST_CASE(after_each_wasted_yield_twice_as_many_waits_do_not_yield_up_to_256) {
    YieldsLeftOut yields;
    for (const int expected : {8, 16, 32, 64, 128, 256, 256}) {
        yields.judge(true);
        BOOST_TEST(left_out(yields) == expected);
    }
}

BOOST_AUTO_TEST_CASE(sixteen_waits_without_a_wasted_yield_halve_the_number_that_do_not_yield) {
    YieldsLeftOut yields;
    for (int i = 0; i < 3; ++i) {
        yields.judge(true);
        left_out(yields);
    }
    for (int i = 0; i < 16; ++i) {
        yields.judge(false);
    }
    yields.judge(true);
    BOOST_TEST(left_out(yields) == 32);
    for (int i = 0; i < 15; ++i) {
        yields.judge(false);
    }
    yields.judge(true);
    BOOST_TEST(left_out(yields) == 64);
}

BOOST_AUTO_TEST_CASE(after_a_wasted_yield_eight_waits_do_not_yield) {
    Waits waits{.spin = {}, .a_yield = 100us, .done_in_a_yield = 0};
    BOOST_TEST(waits.yields_of_a_wait() == 1U);
    for (int wait = 0; wait < 8; ++wait) {
        BOOST_TEST(waits.yields_of_a_wait() == 0U);
    }
    BOOST_TEST(waits.yields_of_a_wait() == 1U);
}

BOOST_AUTO_TEST_CASE(waits_go_on_to_yield_while_much_is_done_with_the_object) {
    Waits waits{.spin = {}, .a_yield = 100us, .done_in_a_yield = 1'000'000};
    for (int wait = 0; wait < 10; ++wait) {
        BOOST_TEST(waits.yields_of_a_wait() == 24U);
    }
}

// Otherwise two threads that have slept once would wake each other for ever.
BOOST_AUTO_TEST_CASE(a_wait_that_spins_yields_for_as_long_as_a_wake_up_takes) {
    Waits waits{.spin = {}, .a_yield = 0us, .done_in_a_yield = 1'000'000};
    for (int wait = 0; wait < 100; ++wait) {
        const auto begin = Deadline::Clock::now();
        const unsigned yields = waits.yields_of_a_wait();
        if (wait < 4 || wait % 16 == 0) {
            BOOST_TEST((yields >= 24 && Deadline::Clock::now() - begin >= 150us));
        } else { // the other waits yield only until 16 in a row have done so in vain
            BOOST_TEST(yields == (wait < 16 ? 24U : 0U));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_count_is_taken_for_much) {
    Waits waits{.spin = {}, .a_yield = 100us, .done_in_a_yield = ~std::uint64_t{0}};
    BOOST_TEST(waits.yields_of_a_wait() == 24U);
}
