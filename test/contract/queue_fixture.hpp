// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// Receives the next message, which must be this one.
inline void expect_next(crex::MessageQueue& queue, const std::string& body, unsigned priority = 0) {
    const auto message = queue.try_receive();
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->body == body);
    BOOST_TEST(message->priority == priority);
}

/// Sends until there is no room.
inline void fill(crex::MessageQueue& queue) {
    while (queue.try_send("filler")) {
    }
}

/// A queue, of four messages of 64 bytes unless told otherwise, that is removed at the end.
template <class Kind> struct QueueFixture {
    static constexpr crex::Backend backend = Kind::backend;
    crex::Server* const server = Kind::server();

    std::string name = unique_name();
    Removed<Kind> removed{name};
    crex::MessageQueue queue;

    QueueFixture()
        : QueueFixture{{.max_messages = 4,
                        .max_message_size = 64,
                        .backend = backend,
                        .at = Kind::server()}} {}
    explicit QueueFixture(const crex::MessageQueueOptions& options)
        : queue{name, crex::O_CREX, options} {}

    [[nodiscard]] std::string backend_name() const { return std::string{to_string(backend)}; }

    [[nodiscard]] crex::MessageQueue another_handle() const {
        return crex::MessageQueue{name, 0, {.backend = backend, .at = server}};
    }

    [[nodiscard]] Process start(const std::string& verb,
                                const std::vector<std::string>& rest = {}) const {
        std::vector<std::string> arguments{verb, backend_name(), name};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        return start_peer(arguments);
    }

    /// A peer that is already waiting.
    [[nodiscard]] Process start_waiting(const std::string& verb,
                                        const std::vector<std::string>& rest = {}) const {
        auto peer = start(verb, rest);
        BOOST_TEST(peer.read_line() == "ready");
        peer.wait_until_asleep();
        return peer;
    }

    void fill() { test::fill(queue); }
};

} // namespace test
