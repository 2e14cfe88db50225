// SPDX-License-Identifier: BSL-1.0

// Premise and Conclusion run to the end: crex's programs with each other, and with those in C and
// Python.

#include <algorithm>
#include <cctype>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "demos/stage.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

// The number behind `key` in the result.
long figure(const std::string& output, const std::string& key) {
    const auto found = output.find(key + ":");
    BOOST_TEST_REQUIRE(found != output.npos, output);
    return std::stol(output.substr(found + key.size() + 1));
}

void expect_result(Program& program, long messages) {
    expect_exit(program, 0);
    BOOST_TEST(figure(program.output(), "messages exchanged") == messages);
    BOOST_TEST(figure(program.output(), "messages corrupt") == 0);
    BOOST_TEST(figure(program.output(), "messages per second") > 0);
}

void expect_success(Program& program) { expect_exit(program, 0); }

struct InC {
    static Program start(const std::string& role, const std::string& params) {
        return Program{helper_path("c_" + role), {params, "1"}};
    }
};

struct InPython {
    static Program start(const std::string& role, const std::string& params) {
        return Program{CREX_TEST_PYTHON, {"-B", CREX_TEST_COUNTERPART, role, params, "1"}};
    }
};

// The programs in C and Python may take their own message back at once and keep crex's program
// waiting.
const std::vector<std::string> patiently{"--quiet", "--patience", "30"};

template <class Demo, class Language> void converse_with_a_conclusion_in() {
    Stage<Demo> stage;
    stage.params.set("ITERATIONS", "200");
    Program premise = stage.premise(patiently);
    stage.await_objects_of(premise);
    Program conclusion = Language::start(Demo::conclusion, stage.params.path());
    expect_result(premise, 400);
    expect_success(conclusion);
    BOOST_TEST(stage.has_nothing());
}

template <class Demo, class Language> void converse_with_a_premise_in() {
    Stage<Demo> stage;
    stage.params.set("ITERATIONS", "200");
    Program premise = Language::start(Demo::premise, stage.params.path());
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion(patiently);
    expect_result(conclusion, 400);
    expect_success(premise);
    BOOST_TEST(stage.has_nothing());
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

void expect_steps(const Program& program, const std::vector<std::string>& steps) {
    for (const std::string& step : steps) {
        BOOST_TEST(contains(program.output(), step), step << " is not in\n" << program.output());
    }
}

// Whether the text begins with the pattern, in which a 0 stands for any digit.
bool begins_like(const std::string& text, const std::string& pattern) {
    return text.size() > pattern.size() &&
           std::equal(pattern.begin(), pattern.end(), text.begin(), [](char wanted, char c) {
               return wanted == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0
                                    : c == wanted;
           });
}

void expect_stamps(const Program& program, const std::string& who) {
    auto lines = lines_of(program.output());
    BOOST_TEST_REQUIRE(lines.size() > 3);
    lines.resize(lines.size() - 3); // the result
    for (const std::string& line : lines) {
        BOOST_TEST(begins_like(line, "00:00:00.000000 " + who + ": "), line);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(premise_and_conclusion_agree_to_the_end, Demo, Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet"});
    expect_result(premise, 2000);
    expect_result(conclusion, 2000);
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(our_premise_converses_with_a_conclusion_in_c, Demo, SharedDemos) {
    converse_with_a_conclusion_in<Demo, InC>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(our_conclusion_converses_with_a_premise_in_c, Demo, SharedDemos) {
    converse_with_a_premise_in<Demo, InC>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(our_premise_converses_with_a_conclusion_in_python, Demo,
                              SharedDemos) {
    if (was_found(CREX_TEST_PYTHON, "Python")) {
        converse_with_a_conclusion_in<Demo, InPython>();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(our_conclusion_converses_with_a_premise_in_python, Demo,
                              SharedDemos) {
    if (was_found(CREX_TEST_PYTHON, "Python")) {
        converse_with_a_premise_in<Demo, InPython>();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_single_iteration_is_a_conversation_too, Demo, Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet", "--iterations", "1"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--iterations", "1"});
    expect_result(premise, 2);
    expect_result(conclusion, 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(quiet_programs_print_nothing_but_the_result, Demo, Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet", "--iterations", "10"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--iterations", "10"});
    expect_result(premise, 20);
    expect_result(conclusion, 20);
    BOOST_TEST(lines_of(premise.output()).size() == 3U, premise.output());
    BOOST_TEST(lines_of(conclusion.output()).size() == 3U, conclusion.output());
}

BOOST_AUTO_TEST_CASE(each_step_with_the_semaphore_is_printed_with_program_and_time) {
    const Stage<SharedMemoryDemo> stage;
    Program premise = stage.premise({"--iterations", "10"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--iterations", "10"});
    expect_result(premise, 20);
    expect_result(conclusion, 20);
    const std::vector<std::string> steps{"Releasing the semaphore",
                                         "Waiting to acquire the semaphore", "writing ", "read "};
    expect_steps(premise, steps);
    expect_steps(conclusion, steps);
    expect_stamps(conclusion, "Mrs Conclusion");
    expect_steps(premise, {"Removing semaphore " + stage.params.semaphore_name(),
                           "Removing shared memory " + stage.params.shared_memory_name()});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_message_is_printed_with_program_and_time, Demo, QueueDemos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--iterations", "10"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--iterations", "10"});
    expect_result(premise, 20);
    expect_result(conclusion, 20);
    const std::vector<std::string> steps{"sending ", "Waiting to receive", "received "};
    expect_steps(premise, steps);
    expect_steps(conclusion, steps);
    expect_stamps(conclusion, "Mrs Conclusion");
}

BOOST_AUTO_TEST_CASE(living_dangerously_ends_with_all_iterations_or_with_corruption_found) {
    const Stage<SharedMemoryDemo> stage;
    Program premise = stage.premise({"--quiet", "--live-dangerously", "1"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--live-dangerously", "1"});
    const int hers = premise.wait();
    const int theirs = conclusion.wait();
    const std::string outputs = premise.output() + conclusion.output();
    if (hers == 0 && theirs == 0) {
        expect_result(premise, 2000);
        expect_result(conclusion, 2000);
    } else {
        BOOST_TEST((hers == 1 || theirs == 1), outputs);
        BOOST_TEST((hers == 0 || hers == 1 || hers == 3), outputs);
        BOOST_TEST((theirs == 0 || theirs == 1 || theirs == 3), outputs);
        BOOST_TEST(contains(outputs, "Shared memory corruption after "), outputs);
    }
    BOOST_TEST(stage.has_nothing());
}
