// SPDX-License-Identifier: BSL-1.0

// The four notification demos with a user at the keyboard, on every backend.

#include <csignal>

#include "demos/stage.hpp"
#include "support/expect.hpp"
#include "support/typist.hpp"

using namespace test;

namespace {

template <class Kind> struct Demo {
    Params params{{{"QUEUE_BACKEND_NAME", std::string{crex::to_string(Kind::backend)}}}};
    Typist typist;

    explicit Demo(const std::string& name) : typist{app(name), {"--params", params.path()}} {
        BOOST_TEST(contains(typist.program().read_line(), "Type "));
    }

    void expect_ding(const std::string& text) {
        BOOST_TEST(typist.program().read_line() ==
                   "Ding! Message with priority 0 received: " + text);
    }
    void expect_end(int status) {
        BOOST_TEST(typist.program().wait() == status);
        const auto name = params.message_queue_name();
        BOOST_TEST(!crex::inspect_message_queue(name, Kind::backend).has_value());
    }
    // Sends a message from another process, independent of the user at the keyboard.
    void transmit(const std::string& text) {
        Typist transmitter{app("transmitter"), {"--params", params.path()}};
        transmitter.type(text);
        BOOST_TEST(contains(transmitter.program().read_line(), "Sending "));
        BOOST_TEST(transmitter.program().read_line() == "Sent: " + text);
        transmitter.end_input();
        BOOST_TEST(transmitter.program().wait() == 0);
    }
};

const std::vector<std::string> all{"one_shot_signal", "one_shot_thread", "repeating_signal",
                                   "repeating_thread"};
const std::vector<std::string> repeating{"repeating_signal", "repeating_thread"};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(one_shot_demo_reports_one_message_and_ends, Kind, QueueKinds) {
    for (const std::string name : {"one_shot_signal", "one_shot_thread"}) {
        Demo<Kind> f{name};
        f.typist.type("hello, bell");
        f.expect_ding("hello, bell");
        f.expect_end(0);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(repeating_demo_reports_each_message_until_an_empty_line, Kind,
                              QueueKinds) {
    for (const auto& name : repeating) {
        Demo<Kind> f{name};
        for (const std::string line : {"one", "two", "three"}) {
            f.typist.type(line);
            f.expect_ding(line);
        }
        f.typist.type("the last");
        f.typist.type("");
        f.expect_ding("the last");
        f.expect_end(0);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(message_from_another_process_is_reported, Kind, QueueKinds) {
    for (const auto& name : repeating) {
        Demo<Kind> f{name};
        for (const std::string line : {"from afar", "again"}) {
            f.transmit(line);
            f.expect_ding(line);
        }
        f.typist.end_input();
        f.expect_end(0);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(end_of_input_ends_a_demo_without_a_message, Kind, QueueKinds) {
    for (const auto& name : all) {
        Demo<Kind> f{name};
        f.typist.end_input();
        f.expect_end(0);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_demo_that_is_interrupted_leaves_nothing, Kind, QueueKinds) {
    for (const auto& name : all) {
        Demo<Kind> f{name};
        f.typist.program().signal(SIGINT);
        f.expect_end(3);
    }
}
