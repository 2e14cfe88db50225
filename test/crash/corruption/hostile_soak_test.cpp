// SPDX-License-Identifier: BSL-1.0

// hostile_test.cpp with more mutations and a longer run.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

int outcome(const std::string& program, const std::vector<std::string>& arguments) {
    Process process{helper_path(program), arguments, Capture::both};
    std::cout << process.read_all() << std::flush;
    return process.wait();
}

} // namespace

BOOST_AUTO_TEST_CASE(queue_survives_1000000_mutations) {
    BOOST_TEST(outcome("mutants", {unique_name(), "50000", "1000000"}) == 0);
}

BOOST_AUTO_TEST_CASE(queue_survives_a_minute_of_scribbling) {
    for (const char* const seed : {"2", "3", "4"}) {
        BOOST_TEST(outcome("scribbler", {unique_name(), "20", seed}) == 0);
    }
}
