// SPDX-License-Identifier: BSL-1.0

// The demos exist in several languages, over the same objects: each Premise converses with each
// Conclusion.

#include <string>
#include <vector>

#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "demos/stage.hpp"

using namespace test;

namespace {

/// How a program of the demos is started in one language. `role` is "premise", "mq_conclusion" and
/// so on. All take the options of those in C++ and print the same result.
struct Language {
    const char* name;
    bool is_built;
    Program (*start)(const std::string& role, const std::vector<std::string>& arguments);
};

Program start_in_cpp(const std::string& role, const std::vector<std::string>& arguments) {
    return Program{app(role), arguments};
}

Program start_in_c(const std::string& role, const std::vector<std::string>& arguments) {
    return Program{app(role + "_c"), arguments};
}

Program start_in_python(const std::string& role, const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"PYTHONPATH=" CREX_TEST_PYTHON_PACKAGE, CREX_TEST_PYTHON, "-B",
                                     CREX_TEST_PYTHON_DEMOS "/" + role + ".py"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Program{"/usr/bin/env", command};
}

/// A language joins with a row here.
std::vector<Language> languages() {
    std::vector<Language> all{{"C++", true, start_in_cpp},
                              {"C", CREX_TEST_HAS_C, start_in_c},
                              {"Python", CREX_TEST_HAS_PYTHON, start_in_python}};
    std::erase_if(all, [](const Language& language) { return !language.is_built; });
    return all;
}

void expect_success(Program& program) {
    expect_exit(program, 0);
    for (const char* const line : {"messages exchanged:  100\n", "messages corrupt:    0\n"}) {
        BOOST_TEST(program.output().find(line) != std::string::npos, program.output());
    }
}

template <class Demo> void converse(const Language& premises, const Language& conclusions) {
    const Stage<Demo> stage;
    const auto arguments = stage.with_params({"--quiet", "--iterations", "50", "--patience", "60"});
    Program premise = premises.start(Demo::premise, arguments);
    stage.await_objects_of(premise);
    Program conclusion = conclusions.start(Demo::conclusion, arguments);
    expect_success(premise);
    expect_success(conclusion);
    BOOST_TEST(stage.has_nothing());
}

/// Runs a program that must fail, and returns what it has printed.
std::string failing(Program program, int status) {
    expect_exit(program, status);
    return program.output();
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(programs_of_all_languages_converse_with_each_other, Demo, Demos) {
    for (const Language& premises : languages()) {
        for (const Language& conclusions : languages()) {
            BOOST_TEST_CONTEXT("Premise in " << premises.name << ", Conclusion in "
                                             << conclusions.name) {
                converse<Demo>(premises, conclusions);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(vanished_peer_ends_the_conversation_in_every_language, Demo, Demos) {
    for (const Language& language : languages()) {
        BOOST_TEST_CONTEXT(language.name) {
            const Stage<Demo> stage;
            const auto arguments =
                stage.with_params({"--quiet", "--iterations", endless, "--patience", "3"});
            Program premise = language.start(Demo::premise, arguments);
            stage.await_objects_of(premise);
            Program conclusion = language.start(
                Demo::conclusion,
                stage.with_params({"--quiet", "--iterations", "20", "--patience", "60"}));
            expect_exit(conclusion, 0); // its iterations are over
            expect_exit(premise, 3);
            BOOST_TEST(premise.output().find("Mrs Conclusion has vanished") != std::string::npos,
                       premise.output());
            BOOST_TEST(stage.has_nothing());
        }
    }
}

BOOST_AUTO_TEST_CASE(wrong_parameters_are_named_with_file_and_line_in_every_language) {
    for (const Language& language : languages()) {
        BOOST_TEST_CONTEXT(language.name) {
            Stage<RobustQueueDemo> stage;
            const std::string place = stage.params.set("SHM_SIZE", "small");
            const auto said = failing(language.start("mq_premise", stage.with_params()), 2);
            BOOST_TEST(said.find(place + ": SHM_SIZE: must be a whole number") != std::string::npos,
                       said);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(premise_explains_what_is_left_over_in_every_language, Demo, Demos) {
    for (const Language& language : languages()) {
        BOOST_TEST_CONTEXT(language.name) {
            const Stage<Demo> stage;
            Program first = language.start(Demo::premise, stage.with_params());
            stage.await_objects_of(first);
            const auto said = failing(language.start(Demo::premise, stage.with_params()), 3);
            BOOST_TEST(said.find("cleanup --params") != std::string::npos, said);
            BOOST_TEST(stage.has_everything());
            first.signal(SIGTERM);
            expect_exit(first, 3);
            BOOST_TEST(stage.has_nothing());
        }
    }
}
