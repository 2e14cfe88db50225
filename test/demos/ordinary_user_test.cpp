// SPDX-License-Identifier: BSL-1.0

// The demos as users other than root, and as two different users.

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "demos/stage.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

Program as_nobody(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"as-nobody", "become", app(program)};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Program{helper_path("peer"), all};
}

// True when this machine cannot run the test; the reason has then been printed.
bool cannot_be_somebody_else() {
    if (geteuid() != 0) {
        skip("only root can become another user");
        return true;
    }
    Program program = as_nobody("premise", {"--help"});
    if (program.wait() != 0) {
        skip("another user cannot get at the programs");
        return true;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(an_ordinary_user_converses, Demo, Demos) {
    if (cannot_be_somebody_else()) {
        return;
    }
    const Stage<Demo> stage;
    Program premise = as_nobody(Demo::premise, stage.with_params({"--quiet"}));
    stage.await_objects_of(premise);
    Program conclusion = as_nobody(Demo::conclusion, stage.with_params({"--quiet"}));
    expect_exit(premise, 0);
    expect_exit(conclusion, 0);
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(mode_0600_keeps_another_user_out, Demo, Demos) {
    if (cannot_be_somebody_else()) {
        return;
    }
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    Program conclusion = as_nobody(Demo::conclusion, stage.with_params());
    expect_exit(conclusion, 3);
    BOOST_TEST(contains(conclusion.output(), "ermission"), conclusion.output());
    BOOST_TEST(!premise.has_ended());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(mode_0666_lets_another_user_join, Demo, Demos) {
    if (cannot_be_somebody_else()) {
        return;
    }
    Stage<Demo> stage;
    stage.params.set("PERMISSIONS", "0666");
    Program premise = stage.premise();
    premise.await_output("to be started"); // the permissions are final by now
    Program conclusion = as_nobody(Demo::conclusion, stage.with_params({"--quiet"}));
    expect_exit(premise, 0);
    expect_exit(conclusion, 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_cannot_remove_what_another_user_made, Demo, Demos) {
    if (cannot_be_somebody_else()) {
        return;
    }
    const Stage<Demo> stage;
    const Program premise = stage.premise();
    stage.await_objects_of(premise);
    Program cleanup = as_nobody("cleanup", stage.with_params());
    expect_exit(cleanup, 3);
    for (const auto& [title, is_there] : Demo::objects(stage.params)) {
        BOOST_TEST(contains(cleanup.output(), title + ": failed"), cleanup.output());
    }
    BOOST_TEST(stage.has_everything());
}
