// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "contract/queue_fixture.hpp"

namespace test {

inline crex::MessageQueueOptions robust(std::size_t max_messages, std::size_t max_message_size) {
    return {.max_messages = max_messages,
            .max_message_size = max_message_size,
            .backend = RobustQueueKind::backend,
            .at = RobustQueueKind::server()};
}

struct RobustFixture : QueueFixture<RobustQueueKind> {
    using QueueFixture<RobustQueueKind>::QueueFixture;

    /// The helper program `robust_peer` (test/helpers/robust_peer.cpp) with this queue.
    [[nodiscard]] Process start_robust(const std::string& verb,
                                       const std::vector<std::string>& rest = {}) const {
        std::vector<std::string> arguments{verb, name};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        return Process{helper_path("robust_peer"), arguments};
    }

    /// A `robust_peer` that has printed this line.
    [[nodiscard]] Process start_robust_until(const std::string& line, const std::string& verb,
                                             const std::vector<std::string>& rest = {}) const {
        auto peer = start_robust(verb, rest);
        BOOST_TEST(peer.read_line() == line);
        return peer;
    }
};

inline void write(const crex::Loan& loan, std::string_view text) {
    BOOST_TEST_REQUIRE(loan.bytes().size() >= text.size());
    if (!text.empty()) {
        std::memcpy(loan.bytes().data(), text.data(), text.size());
    }
}

/// Sends `text` in place.
inline void send_in_place(crex::MessageQueue& queue, std::string_view text, unsigned priority = 0) {
    auto loan = queue.loan(text.size());
    write(loan, text);
    loan.send(priority);
}

inline std::string text_of(const crex::Lease& lease) {
    return {reinterpret_cast<const char*>(lease.bytes().data()), lease.bytes().size()};
}

/// Leases the next message, which must be this one.
inline crex::Lease expect_lease(crex::MessageQueue& queue, const std::string& body,
                                unsigned priority = 0, unsigned attempts = 0) {
    auto lease = queue.try_lease();
    BOOST_TEST_REQUIRE(lease.has_value());
    BOOST_TEST(text_of(*lease) == body);
    BOOST_TEST(lease->priority() == priority);
    BOOST_TEST(lease->attempts() == attempts);
    return *std::move(lease);
}

} // namespace test
