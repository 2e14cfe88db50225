// SPDX-License-Identifier: BSL-1.0

// Objects that an interrupted conversation leaves behind, and how a user removes them.

#include <boost/test/unit_test.hpp>

#include "demos/stage.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

template <class Demo> void leave_objects(const Stage<Demo>& stage) {
    Program premise = stage.premise();
    stage.await_objects_of(premise);
    premise.kill();
    BOOST_TEST_REQUIRE(stage.has_everything());
}

template <class Demo> void expect_all_named(const Stage<Demo>& stage, const std::string& text) {
    for (const auto& [title, is_there] : Demo::objects(stage.params)) {
        // The kernel does not record when one of its queues was made.
        const bool is_dated = !title.starts_with("posix");
        BOOST_TEST(contains(text, title + " exists" + (is_dated ? " since " : ", ")), text);
    }
}

// The last line, without its indentation.
std::string command_in(const std::string& text) {
    const std::string lines = text.substr(0, text.find_last_not_of('\n') + 1);
    const auto begin = lines.find_first_not_of(' ', lines.rfind('\n') + 1);
    return lines.substr(begin);
}

struct All {
    Params params{{{"QUEUE_BACKEND_NAME", "posix"}}};

    void create() const {
        crex::Semaphore(params.semaphore_name(), crex::O_CREX);
        crex::SharedMemory(params.shared_memory_name(), crex::O_CREX, {.size = 4096});
        crex::MessageQueue(params.message_queue_name(), crex::O_CREX,
                           {.backend = crex::Backend::posix});
    }

    void clean_up_and_expect(const std::string& what) const {
        Program cleanup{app("cleanup"), {"--params", params.path()}};
        expect_exit(cleanup, 0);
        for (const std::string& title : {"semaphore " + params.semaphore_name(),
                                         "shared memory " + params.shared_memory_name(),
                                         "posix message queue " + params.message_queue_name()}) {
            BOOST_TEST(contains(cleanup.output(), title + ": " + what + "\n"), cleanup.output());
        }
    }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(next_premise_after_a_kill_names_the_leftovers, Demo, Demos) {
    const Stage<Demo> stage;
    leave_objects(stage);
    Program premise = stage.premise();
    expect_exit(premise, 3);
    expect_all_named(stage, premise.output());
    BOOST_TEST(contains(premise.output(), "used by nobody"), premise.output());
    BOOST_TEST(stage.has_everything());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(command_that_premise_names_removes_the_leftovers, Demo, Demos) {
    const Stage<Demo> stage;
    leave_objects(stage);
    Program refused = stage.premise();
    refused.wait();
    Program command{"/bin/sh", {"-c", command_in(refused.output())}};
    expect_exit(command, 0);
    for (const auto& [title, is_there] : Demo::objects(stage.params)) {
        BOOST_TEST(contains(command.output(), title + ": removed"), command.output());
    }
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet"});
    expect_exit(premise, 0);
    expect_exit(conclusion, 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(command_that_premise_names_repeats_the_options, Demo, Demos) {
    const Stage<Demo> stage;
    Params elsewhere; // the options override the names in the file
    elsewhere.set("QUEUE_BACKEND_NAME", "boost");
    const std::string backend = Demo::values().contains("QUEUE_BACKEND_NAME")
                                    ? Demo::values().at("QUEUE_BACKEND_NAME")
                                    : "boost";
    const std::vector<std::string> arguments{"--params",
                                             elsewhere.path(),
                                             "--semaphore-name",
                                             stage.params.semaphore_name(),
                                             "--shared-memory-name",
                                             stage.params.shared_memory_name(),
                                             "--message-queue-name",
                                             stage.params.message_queue_name(),
                                             "--queue-backend-name",
                                             backend};
    leave_objects(stage);
    Program refused{app(Demo::premise), arguments};
    expect_exit(refused, 3);
    Program command{"/bin/sh", {"-c", command_in(refused.output())}};
    expect_exit(command, 0);
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(second_premise_names_the_running_pair_and_does_not_disturb_it, Demo,
                              Demos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    Program second = stage.premise();
    expect_exit(second, 3);
    expect_all_named(stage, second.output());
    BOOST_TEST(contains(second.output(), "used by process " + std::to_string(premise.pid())),
               second.output());
    Program conclusion = stage.conclusion({"--quiet"});
    expect_exit(premise, 0);
    expect_exit(conclusion, 0);
}

BOOST_AUTO_TEST_CASE(premise_removes_the_memory_she_created_when_the_semaphore_is_taken) {
    const Stage<SharedMemoryDemo> stage;
    const crex::Semaphore taken{stage.params.semaphore_name(), crex::O_CREX};
    Program premise = stage.premise();
    expect_exit(premise, 3);
    BOOST_TEST(!crex::inspect_shared_memory(stage.params.shared_memory_name()));
    BOOST_TEST(crex::inspect_semaphore(stage.params.semaphore_name()).has_value());
}

BOOST_FIXTURE_TEST_CASE(cleanup_removes_everything_and_says_so, All) {
    create();
    clean_up_and_expect("removed");
    BOOST_TEST(!crex::inspect_semaphore(params.semaphore_name()));
    BOOST_TEST(!crex::inspect_shared_memory(params.shared_memory_name()));
    BOOST_TEST(!crex::inspect_message_queue(params.message_queue_name(), crex::Backend::posix));
}

BOOST_FIXTURE_TEST_CASE(cleanup_says_when_there_is_nothing, All) {
    clean_up_and_expect("nothing there");
}
