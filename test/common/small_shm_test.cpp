// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"

BOOST_AUTO_TEST_CASE(dev_shm_that_is_full_or_closed_is_an_error_and_nothing_is_half_created) {
    constexpr int skipped = 77;
    test::Process process{test::helper_path("small_shm"), {}};
    const std::string output = process.read_all();
    const int outcome = process.wait();
    if (outcome == skipped) {
        test::skip("no private /dev/shm can be mounted here");
        return;
    }
    BOOST_TEST(outcome == test::done, output);
    BOOST_TEST(test::contains(output, "no room"), output);
}
