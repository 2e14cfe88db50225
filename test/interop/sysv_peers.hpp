// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "support/expect.hpp"
#include "support/process.hpp"

// Programs that share System V objects with crex and know nothing of it. All understand the verbs
// of sysv_peer.py; the Perl one cannot create.

namespace test {

inline bool is_there(const std::string& program) { return access(program.c_str(), X_OK) == 0; }

/// Python's sysv_ipc, which Debian packages for its own Python only.
struct PythonSysv {
    static constexpr const char* name = "python3-sysv-ipc";

    static bool can(const std::string& python) {
        return is_there(python) &&
               Process{python, {"-c", "import sysv_ipc"}, Capture::both}.wait() == 0;
    }
    static std::string python() {
        static const std::string its =
            can(CREX_TEST_PYTHON) ? CREX_TEST_PYTHON : std::string{"/usr/bin/python3"};
        return its;
    }
    static bool is_installed() { return can(python()); }

    static Process start(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"-B", CREX_TEST_INTEROP "/sysv_peer.py"});
        return Process{python(), arguments};
    }
};

/// Perl's IPC::SysV.
struct Perl {
    static constexpr const char* name = "perl";
    static constexpr const char* perl = "/usr/bin/perl";

    static bool is_installed() {
        return is_there(perl) &&
               Process{perl, {"-MIPC::SharedMem", "-e1"}, Capture::both}.wait() == 0;
    }
    static Process start(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), CREX_TEST_INTEROP "/sysv_peer.pl");
        return Process{perl, arguments};
    }
};

using SysvPeers = std::tuple<PythonSysv, Perl>;

/// False when the peer is not installed; the reason has then been printed.
template <class Peer> bool is_here() {
    const bool here = Peer::is_installed();
    if (!here) {
        skip(std::string{Peer::name} + " is not installed");
    }
    return here;
}

template <class Peer> int run(const std::vector<std::string>& arguments) {
    return Peer::start(arguments).wait();
}

/// Starts the peer and waits until it has printed that it is ready, and sleeps.
template <class Peer> Process let_wait(const std::vector<std::string>& arguments) {
    Process peer = Peer::start(arguments);
    BOOST_TEST_REQUIRE(peer.read_line() == "ready");
    peer.wait_until_asleep();
    return peer;
}

/// crex in a second process.
struct CrexSysv {
    static Process start(const std::vector<std::string>& arguments) {
        return Process{helper_path("sysv_peer"), arguments};
    }
};

} // namespace test
