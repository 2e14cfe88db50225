// SPDX-License-Identifier: BSL-1.0

// crex sem run: the permit comes back whichever process is killed, and not before the command has
// ended.

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "shell.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

// A command that runs until it is killed.
struct Running : Shell {
    Running() { BOOST_TEST_REQUIRE(command > 0); }
    ~Running() { ::kill(command, SIGKILL); }

    [[nodiscard]] unsigned free() const { return semaphore.value(); }

    crex::RobustSemaphore semaphore{name, crex::O_CREX};
    Process crex = start_crex({"sem", "run", name, "--", "sh", "-c", "echo $$; exec sleep 1000"});
    pid_t command = pid_in(crex.read_line());
};

bool is_gone(pid_t pid) { return state_of(pid) == '?' || state_of(pid) == 'Z'; }

} // namespace

BOOST_FIXTURE_TEST_CASE(status_of_sem_run_is_the_command_s, Shell) {
    for (const auto& [command, status] :
         {std::pair{"true", 0}, std::pair{"sh -c 'exit 7'", 7}, std::pair{"sh -c 'exit 75'", 75},
          std::pair{"sh -c 'kill -9 $$'", 137}, std::pair{"/nowhere/nothing", 127},
          std::pair{"/dev", 126}}) {
        BOOST_TEST_CONTEXT(command) {
            BOOST_TEST(run(std::string{"crex sem run -E 9 $N -- "}.append(command), Capture::errors)
                           .status == status);
            BOOST_TEST(crex::RobustSemaphore{name}.value() == 1U);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_new_semaphore_has_as_many_permits_as_slots, Shell) {
    BOOST_TEST(run("crex sem run $N --slots 3 -- crex sem value $N") == (Answer{0, "2\n"}));
    BOOST_TEST(run("crex sem run $N --slots 0 -- true 2>/dev/null").status == 64);
    BOOST_TEST(run("crex sem run $N 2>/dev/null").status == 64);
}

BOOST_FIXTURE_TEST_CASE(sem_run_without_a_permit_in_time_runs_nothing, Running) {
    BOOST_TEST(run("crex sem run -t 10ms $N -- echo ran 2>/dev/null") == (Answer{75, ""}));
    BOOST_TEST(run("crex sem run -t 0 -E 4 $N -- echo ran 2>/dev/null") == (Answer{4, ""}));
}

BOOST_FIXTURE_TEST_CASE(killing_the_command_gives_the_permit_back, Running) {
    BOOST_TEST(free() == 0U);
    ::kill(command, SIGKILL);
    BOOST_TEST(crex.wait() == 128 + SIGKILL);
    BOOST_TEST(free() == 1U);
    BOOST_TEST(semaphore.try_acquire());
    BOOST_TEST(!semaphore.previous_holder_died()); // the permit was given back properly
}

BOOST_FIXTURE_TEST_CASE(killing_crex_leaves_the_permit_to_the_command_until_it_ends, Running) {
    crex.kill();
    BOOST_TEST(!semaphore.try_acquire_for(std::chrono::seconds{3})); // not even after a scan
    BOOST_TEST(semaphore.holders().size() == 1U);
    ::kill(command, SIGKILL);
    BOOST_TEST(eventually([&] { return free() == 1; }));
    BOOST_TEST(semaphore.try_acquire());
    BOOST_TEST(semaphore.previous_holder_died());
}

BOOST_FIXTURE_TEST_CASE(killing_crex_and_the_command_gives_the_permit_back, Running) {
    ::kill(crex.pid(), SIGKILL);
    ::kill(command, SIGKILL);
    crex.wait();
    BOOST_TEST(eventually([&] { return is_gone(command) && free() == 1; }));
}

BOOST_FIXTURE_TEST_CASE(waiting_sem_run_gets_the_permit_when_crex_and_the_command_are_killed,
                        Running) {
    auto other = start_crex({"sem", "run", name, "--", "echo", "ran"});
    other.wait_until_asleep();
    ::kill(crex.pid(), SIGKILL);
    ::kill(command, SIGKILL);
    BOOST_TEST(other.read_line() == "ran");
    BOOST_TEST(other.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(permits_are_whole_after_kills_at_any_moment, Shell) {
    crex::RobustSemaphore semaphore{name, crex::O_CREX, {.initial_value = 2}};
    for (int i = 0; i < 60; ++i) {
        auto victim = start_crex({"sem", "run", name, "--", "sh", "-c", "exec sleep 0.005"});
        std::this_thread::sleep_for(std::chrono::microseconds{200 * i});
        victim.kill();
    }
    BOOST_TEST(eventually([&] { return semaphore.value() == 2; }));
}

BOOST_FIXTURE_TEST_CASE(background_process_does_not_keep_the_permit, Shell) {
    auto shell = start("crex sem run $N -- sh -c 'sleep 1000 >/dev/null & echo $!'");
    const pid_t sleeper = pid_in(shell.read_line());
    BOOST_TEST(shell.wait() == 0);
    BOOST_TEST(crex::RobustSemaphore{name}.value() == 1U);
    ::kill(sleeper, SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(a_signal_sent_to_crex_goes_to_the_command, Running) {
    crex.signal(SIGTERM);
    BOOST_TEST(crex.wait() == 128 + SIGTERM);
    BOOST_TEST(is_gone(command));
    BOOST_TEST(free() == 1U);
}

BOOST_FIXTURE_TEST_CASE(ctrl_c_ends_the_wait_for_a_permit, Running) {
    auto waiter = start_crex({"sem", "run", name, "--", "true"});
    waiter.wait_until_asleep();
    waiter.signal(SIGINT);
    BOOST_TEST(waiter.wait() == -SIGINT);
    BOOST_TEST(free() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_command_s_options_are_not_crex_s, Shell) {
    BOOST_TEST(run("crex sem run $N -- seq -s, 3") == (Answer{0, "1,2,3\n"}));
    BOOST_TEST(run("crex sem run $N seq -n 5 2>/dev/null").status == 64); // without the two dashes
}

BOOST_FIXTURE_TEST_CASE(a_wrong_option_makes_no_semaphore, Shell) {
    BOOST_TEST(run("crex sem run $N -t soon -- true 2>/dev/null").status == 64);
    BOOST_TEST(!crex::inspect_robust_semaphore(name));
}

BOOST_FIXTURE_TEST_CASE(number_of_slots_that_disagrees_with_the_semaphore_is_warned_of, Shell) {
    const crex::RobustSemaphore semaphore{name, crex::O_CREX, {.initial_value = 2}};
    const auto other = run("crex sem run $N --slots 3 -- true", Capture::errors);
    BOOST_TEST(other.status == 0);
    BOOST_TEST(contains(other.output, "2 permits, not 3"));
    BOOST_TEST(run("crex sem run $N --slots 2 -- true", Capture::errors) == (Answer{0, ""}));
    BOOST_TEST(run("crex sem run $N -- crex sem run $N -n 2 -- true", Capture::errors) ==
               (Answer{0, ""}));
}

BOOST_FIXTURE_TEST_CASE(new_semaphore_has_the_mode_that_is_asked_for, Shell) {
    BOOST_TEST(run("crex sem run $N --mode 660 -- stat -c %a /dev/shm/crex-sem.${N#/}") ==
               (Answer{0, "660\n"}));
    BOOST_TEST(run("crex sem run $N --mode 9 -- true 2>/dev/null").status == 64);
}
