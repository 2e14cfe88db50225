// SPDX-License-Identifier: BSL-1.0

// crex sem acquire, release, wait and value.

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "shell.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

struct One : Shell {
    crex::Semaphore semaphore{name, crex::O_CREX, {.initial_value = 1}};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(acquire_takes_and_release_gives_back, One) {
    BOOST_TEST(run("crex sem acquire $N").status == 0);
    BOOST_TEST(semaphore.value() == 0U);
    BOOST_TEST(run("crex sem release ${N#/} -n 3").status == 0);
    BOOST_TEST(run("crex sem value sem:$N") == (Answer{0, "3\n"}));
}

BOOST_FIXTURE_TEST_CASE(no_permit_in_time_is_75_or_what_is_asked_for, One) {
    semaphore.acquire();
    const auto answer = run("crex sem acquire $N -t 10ms", Capture::errors);
    BOOST_TEST(answer.status == 75);
    BOOST_TEST(contains(answer.output, name));
    BOOST_TEST(run("crex sem acquire $N -t 0 -E 9 2>/dev/null").status == 9);
    BOOST_TEST(run("crex sem wait $N -t 0.01 -E 3 2>/dev/null").status == 3);
}

BOOST_FIXTURE_TEST_CASE(wait_waits_for_a_permit_and_leaves_it, One) {
    semaphore.acquire();
    auto waiter = start_crex({"sem", "wait", name});
    waiter.wait_until_asleep();
    semaphore.release();
    BOOST_TEST(waiter.wait() == 0);
    BOOST_TEST(semaphore.value() == 1U);
}

BOOST_FIXTURE_TEST_CASE(acquire_waits_for_a_permit, One) {
    semaphore.acquire();
    auto waiter = start_crex({"sem", "acquire", name});
    waiter.wait_until_asleep();
    semaphore.release();
    BOOST_TEST(waiter.wait() == 0);
    BOOST_TEST(semaphore.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(ctrl_c_ends_a_wait, One) {
    semaphore.acquire();
    for (const char* const verb : {"acquire", "wait"}) {
        auto waiter = start_crex({"sem", verb, name});
        waiter.wait_until_asleep();
        waiter.signal(SIGINT);
        BOOST_TEST(waiter.wait() == -SIGINT); // a shell reports 130
    }
    semaphore.release();
    BOOST_TEST(semaphore.value() == 1U);
}

BOOST_FIXTURE_TEST_CASE(missing_semaphore_is_66, Shell) {
    for (const char* const verb : {"acquire", "release", "wait", "value"}) {
        const auto answer =
            run(std::string{"crex sem "}.append(verb).append(" $N"), Capture::errors);
        BOOST_TEST(answer.status == 66);
        BOOST_TEST(contains(answer.output, name));
    }
}

BOOST_FIXTURE_TEST_CASE(name_of_two_objects_needs_its_kind, One) {
    const crex::RobustSemaphore other{name, crex::O_CREX, {.initial_value = 4}};
    const auto answer = run("crex sem value $N", Capture::errors);
    BOOST_TEST(answer.status == 64);
    BOOST_TEST(contains(answer.output, "crex-sem:" + name));
    BOOST_TEST(run("crex sem value crex-sem:$N") == (Answer{0, "4\n"}));
    BOOST_TEST(run("crex sem value $N -b posix") == (Answer{0, "1\n"}));
    BOOST_TEST(run("crex sem value mq:$N 2>/dev/null").status == 64);
}

BOOST_FIXTURE_TEST_CASE(a_robust_permit_is_not_for_a_command_that_ends_at_once, Shell) {
    const crex::RobustSemaphore semaphore{name, crex::O_CREX};
    BOOST_TEST(run("crex sem acquire $N 2>/dev/null").status == 64);
    BOOST_TEST(run("crex sem release $N 2>/dev/null").status == 77);
    BOOST_TEST(semaphore.value() == 1U);
}

BOOST_FIXTURE_TEST_CASE(semaphore_created_so_can_be_released_by_any_process, Shell) {
    BOOST_TEST(run("crex create sem $N -b robust --value 0 --anybody && crex sem release $N && "
                   "crex sem value $N") == (Answer{0, "1\n"}));
}
