// SPDX-License-Identifier: BSL-1.0

// A conversation also ends when one of the two programs does not go on.

#include <random>

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include "demos/stage.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// Waits a random time: the kill may come at any moment of a conversation.
void let_them_talk() {
    std::random_device random;
    const std::chrono::microseconds time{random() % 100'000};
    BOOST_TEST_MESSAGE("for " << time.count() << " us");
    std::this_thread::sleep_for(time);
}

void expect_failure(Program& program) {
    const auto time = time_of([&] { expect_exit(program, 3); });
    BOOST_TEST_MESSAGE("ended after "
                       << std::chrono::duration_cast<std::chrono::milliseconds>(time).count()
                       << " ms");
}

template <class Demo> void kill_conclusion(const std::vector<std::string>& options) {
    const Stage<Demo> stage;
    Program premise = stage.premise(options);
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--iterations", endless});
    premise.await_output(Demo::heard);
    let_them_talk();
    conclusion.kill();
    expect_failure(premise);
    BOOST_TEST(stage.has_nothing());
}

template <class Demo> void kill_premise(const std::vector<std::string>& options) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet", "--iterations", endless});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion(options);
    conclusion.await_output(Demo::heard);
    let_them_talk();
    premise.kill();
    expect_failure(conclusion);
}

template <class Demo> void interrupt_waiting_premise(int signal) {
    const Stage<Demo> stage;
    Program premise = stage.premise();
    premise.await_output("to be started");
    BOOST_TEST(stage.has_everything());
    premise.signal(signal);
    expect_failure(premise);
    BOOST_TEST(stage.has_nothing());
    for (const auto& [title, is_there] : Demo::objects(stage.params)) {
        BOOST_TEST(contains(premise.output(), "Removed " + title), premise.output());
    }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(premise_ends_when_conclusion_is_killed, Demo, Demos) {
    for (int i = 0; i < 3; ++i) {
        kill_conclusion<Demo>({"--patience", "5", "--iterations", endless});
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conclusion_ends_when_premise_is_killed, Demo, Demos) {
    for (int i = 0; i < 3; ++i) {
        kill_premise<Demo>({"--patience", "5", "--iterations", endless});
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(premise_needs_no_option_to_end_when_conclusion_is_killed, Demo,
                              Demos) {
    kill_conclusion<Demo>({"--iterations", endless});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conclusion_needs_no_option_to_end_when_premise_is_killed, Demo,
                              Demos) {
    kill_premise<Demo>({"--iterations", endless});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(stopped_program_counts_as_vanished_after_the_patience, Demo, Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--patience", "5", "--iterations", endless});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--iterations", endless});
    premise.await_output(Demo::heard);
    let_them_talk();
    const auto time = time_of([&] {
        conclusion.signal(SIGSTOP);
        expect_failure(premise);
    });
    BOOST_TEST((time > 1s)); // Premise may have waited for a while before the stop
    BOOST_TEST(contains(premise.output(), "vanished"), premise.output());
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(premise_has_no_patience_to_lose_before_the_first_answer, Demo,
                              Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--patience", "2", "--iterations", "10"});
    premise.await_output("to be started");
    std::this_thread::sleep_for(3s);
    BOOST_TEST(!premise.has_ended());
    Program conclusion = stage.conclusion({"--iterations", "10"});
    expect_exit(conclusion, 0);
    expect_exit(premise, 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_makes_premise_remove_what_she_created, Demo, Demos) {
    interrupt_waiting_premise<Demo>(SIGINT);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sigterm_makes_premise_remove_what_she_created, Demo, Demos) {
    interrupt_waiting_premise<Demo>(SIGTERM);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_in_the_middle_ends_both_programs_and_leaves_nothing, Demo,
                              Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet", "--iterations", endless});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--patience", "5", "--iterations", endless});
    conclusion.await_output(Demo::heard);
    let_them_talk();
    premise.signal(SIGINT);
    expect_failure(premise);
    expect_failure(conclusion);
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ctrl_c_to_conclusion_leaves_premise_to_clean_up, Demo, Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--patience", "5", "--iterations", endless});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--iterations", endless});
    premise.await_output(Demo::heard);
    let_them_talk();
    conclusion.signal(SIGINT);
    expect_failure(conclusion);
    expect_failure(premise);
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conclusion_waits_a_second_for_premise, Demo, Demos) {
    const Stage<Demo> stage;
    const auto time = time_of([&] {
        Program conclusion = stage.conclusion();
        expect_failure(conclusion);
        BOOST_TEST(contains(conclusion.output(), std::string{"start "} + Demo::premise),
                   conclusion.output());
        for (const auto& [title, is_there] : Demo::objects(stage.params)) {
            BOOST_TEST(contains(conclusion.output(), title), conclusion.output());
        }
    });
    BOOST_TEST((time >= 1s));
}
