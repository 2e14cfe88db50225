// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>

#include "crash/faults/permitted.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"

BOOST_AUTO_TEST_CASE(on_a_full_dev_shm_a_robust_queue_is_refused_or_works) {
    constexpr int skipped = 77;
    test::Process process{test::helper_path("full_shm"), {}};
    const std::string output = process.read_all();
    const int outcome = process.wait();
    if (outcome == skipped) {
        surroundings::skip_or_fail("no private /dev/shm can be mounted here");
        return;
    }
    BOOST_TEST(outcome == test::done, output);
    BOOST_TEST(test::contains(output, "no room"), output);
}
