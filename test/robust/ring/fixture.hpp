// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

inline std::string text_of(std::span<const std::byte> record) {
    return {reinterpret_cast<const char*>(record.data()), record.size()};
}

inline void write(std::span<std::byte> room, std::string_view text) {
    BOOST_TEST_REQUIRE(room.size() >= text.size());
    if (!text.empty()) {
        std::memcpy(room.data(), text.data(), text.size());
    }
}

/// A text that differs in each byte from any other of its length.
inline std::string pattern(std::size_t size, std::size_t number) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>((i * 31 + number * 7) % 251);
    }
    return text;
}

/// A ring of one page, whose waits go to sleep at once.
struct RingFixture {
    static crex::RingOptions small() { return {.capacity = 1, .spin = 0}; }

    std::string name = unique_name();
    Removed<Rings> removed{name};
    crex::Ring ring{name, crex::O_CREX, small()};

    /// The helper program `ring_peer` (test/helpers/ring_peer.cpp) with this ring.
    [[nodiscard]] Process start(const std::string& verb,
                                const std::vector<std::string>& rest = {}) const {
        std::vector<std::string> arguments{verb, name};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        return Process{helper_path("ring_peer"), arguments};
    }

    /// A `ring_peer` that has printed "ready".
    [[nodiscard]] Process start_ready(const std::string& verb,
                                      const std::vector<std::string>& rest = {}) const {
        auto peer = start(verb, rest);
        BOOST_TEST(peer.read_line() == "ready");
        return peer;
    }
};

/// A ring with both roles taken.
struct RolesFixture : RingFixture {
    crex::RingProducer out = ring.producer();
    crex::RingConsumer in = ring.consumer();

    void expect_next(const std::string& record) {
        BOOST_TEST(in.receive(crex::do_not_wait) == record);
    }
    void expect_empty() { BOOST_TEST(!in.try_peek()); }

    /// Sends records of that size until there is no room.
    std::size_t fill(std::size_t size) {
        std::size_t count = 0;
        while (out.try_send(pattern(size, count))) {
            ++count;
        }
        return count;
    }
};

} // namespace test
