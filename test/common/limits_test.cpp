// SPDX-License-Identifier: BSL-1.0
#include <string>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <unistd.h>

#include <crex/crex.hpp>

BOOST_AUTO_TEST_CASE(limits_are_the_systems) {
    BOOST_TEST(crex::page_size() == static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
    BOOST_TEST(crex::semaphore_value_max() == static_cast<unsigned>(sysconf(_SC_SEM_VALUE_MAX)));
    BOOST_TEST(crex::queue_priority_max == static_cast<unsigned>(sysconf(_SC_MQ_PRIO_MAX)) - 1);
    BOOST_TEST(crex::user_signal_min() == SIGRTMIN);
    BOOST_TEST(crex::user_signal_max() == SIGRTMAX);
}

BOOST_AUTO_TEST_CASE(the_versions_two_forms_agree) {
    const std::string numbers = std::to_string(CREX_VERSION_MAJOR) + "." +
                                std::to_string(CREX_VERSION_MINOR) + "." +
                                std::to_string(CREX_VERSION_PATCH);
    BOOST_TEST(crex::version == numbers);
}
