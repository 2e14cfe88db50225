// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <crex/timeout.hpp>

#include "support/expect.hpp"

using namespace std::chrono_literals;
using crex::Timeout;

BOOST_AUTO_TEST_CASE(default_timeout_waits_forever) {
    BOOST_TEST(Timeout{}.is_forever());
    BOOST_TEST(crex::no_timeout.is_forever());
    BOOST_TEST(!crex::do_not_wait.is_forever());
}

BOOST_AUTO_TEST_CASE(any_duration_is_a_timeout) {
    BOOST_TEST((Timeout{2s}.limit() == 2s));
    BOOST_TEST((Timeout{std::chrono::duration<double>{0.25}}.limit() == 250ms));
    BOOST_TEST((Timeout{std::chrono::duration<int, std::ratio<1, 3>>{1}}.limit() > 333'333'333ns));
}

BOOST_AUTO_TEST_CASE(negative_timeout_means_zero) {
    BOOST_TEST((Timeout{-1ns}.limit() == 0ns));
    BOOST_TEST((Timeout{std::chrono::hours::min()}.limit() == 0ns));
    const std::chrono::duration<double> minus_infinity{-std::numeric_limits<double>::infinity()};
    BOOST_TEST((Timeout{minus_infinity}.limit() == 0ns));
}

BOOST_AUTO_TEST_CASE(huge_timeout_means_forever) {
    BOOST_TEST(Timeout{std::chrono::hours::max()}.is_forever());
    BOOST_TEST(Timeout{std::chrono::nanoseconds::max()}.is_forever());
    const std::chrono::duration<double> infinity{std::numeric_limits<double>::infinity()};
    BOOST_TEST(Timeout{infinity}.is_forever());
    BOOST_TEST(Timeout{std::chrono::duration<float>{9'223'372'032.0F}}.limit() > 0ns);
}

BOOST_AUTO_TEST_CASE(a_fraction_of_a_nanosecond_is_rounded_up_since_no_wait_is_cut_short) {
    BOOST_TEST((Timeout{std::chrono::duration<double, std::nano>{0.5}}.limit() == 1ns));
}

BOOST_AUTO_TEST_CASE(not_a_number_is_an_invalid_timeout) {
    const std::chrono::duration<double> nan{std::numeric_limits<double>::quiet_NaN()};
    test::expect_invalid([&] { Timeout{nan}; });
}
