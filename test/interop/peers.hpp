// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <crex/message_queue.hpp>

#include "support/process.hpp"

// Programs that share named objects with crex and know nothing of it. All understand the verbs of
// helpers/boost_peer.cpp.

namespace test {

struct Boost {
    static constexpr crex::Backend backend = crex::Backend::boost;

    static Process start(const std::vector<std::string>& arguments) {
        return Process{helper_path("boost_peer"), arguments};
    }
};

struct Python {
    static constexpr crex::Backend backend = crex::Backend::posix;

    static Process start(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"-B", CREX_TEST_INTEROP "/python_peer.py"});
        return Process{CREX_TEST_PYTHON, arguments};
    }
};

using Peers = std::tuple<Boost, Python>;

/// Runs the peer to its end and returns its exit code, an Outcome. Reads its output to the end
/// first, so that its child processes (Python's resource tracker, which removes objects) have ended
/// too.
template <class Peer> int run(const std::vector<std::string>& arguments) {
    Process peer = Peer::start(arguments);
    peer.read_all();
    return peer.wait();
}

/// Starts the peer and waits until it sleeps in its call.
template <class Peer> Process start_and_let_wait(const std::vector<std::string>& arguments) {
    Process peer = Peer::start(arguments);
    if (peer.read_line() != "ready") {
        throw std::runtime_error{"the peer has ended instead of waiting"};
    }
    peer.wait_until_asleep();
    return peer;
}

/// crex in a second process.
struct Crex {
    static Process start(const std::vector<std::string>& arguments) {
        return start_peer(arguments);
    }
};

} // namespace test
