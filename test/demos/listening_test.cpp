// SPDX-License-Identifier: BSL-1.0

// listener and transmitter wait for a queue and a terminal in one loop, on every backend.

#include <csignal>

#include "demos/stage.hpp"
#include "support/expect.hpp"
#include "support/typist.hpp"

using namespace test;

namespace {

template <class Kind> struct Two {
    Params params{{{"QUEUE_BACKEND_NAME", std::string{crex::to_string(Kind::backend)}}}};
    Typist listener{app("listener"), {"--params", params.path()}};

    Two() { BOOST_TEST(contains(listener.program().read_line(), "Listening to the ")); }

    [[nodiscard]] bool has_queue() const {
        return crex::inspect_message_queue(params.message_queue_name(), Kind::backend).has_value();
    }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_listener_hears_the_transmitter_and_the_keyboard, Kind,
                              QueueKinds) {
    Two<Kind> f;
    Process& listener = f.listener.program();
    Typist transmitter{app("transmitter"), {"--params", f.params.path()}};
    BOOST_TEST(contains(transmitter.program().read_line(), "Sending each line"));
    for (const std::string line : {"hello", "a longer line, with spaces"}) {
        transmitter.type(line);
        BOOST_TEST(transmitter.program().read_line() == "Sent: " + line);
        BOOST_TEST(listener.read_line() == "Message with priority 0: " + line);
    }
    f.listener.type("from me");
    BOOST_TEST(listener.read_line() == "You typed: from me");
    transmitter.type("");
    BOOST_TEST(transmitter.program().wait() == 0);
    f.listener.type("");
    BOOST_TEST(listener.wait() == 0);
    BOOST_TEST(!f.has_queue());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(end_of_input_ends_listener_and_transmitter, Kind, QueueKinds) {
    Two<Kind> f;
    f.listener.end_input();
    BOOST_TEST(f.listener.program().wait() == 0);
    BOOST_TEST(!f.has_queue());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_listener_that_is_interrupted_leaves_nothing, Kind, QueueKinds) {
    Two<Kind> f;
    f.listener.program().signal(SIGINT);
    BOOST_TEST(f.listener.program().wait() == 3);
    BOOST_TEST(!f.has_queue());
}

BOOST_AUTO_TEST_CASE(transmitter_without_a_listener_reports_it) {
    const Params params;
    Typist transmitter{app("transmitter"), {"--params", params.path()}};
    BOOST_TEST(contains(transmitter.program().read_all(), "start listener first"));
    BOOST_TEST(transmitter.program().wait() == 3);
}
