// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/process.hpp"
#include "support/sysv.hpp"

namespace test {

/// Runs the helper program `sysv_peer` (test/helpers/sysv_peer.cpp) on the object of this key.
inline Process start_sysv_peer(const std::string& verb, std::int32_t key,
                               std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {verb, std::to_string(key)});
    return Process{helper_path("sysv_peer"), arguments};
}

inline int run_sysv_peer(const std::string& verb, std::int32_t key,
                         const std::vector<std::string>& arguments = {}) {
    return start_sysv_peer(verb, key, arguments).wait();
}

/// Runs a verb of `sysv_peer` that waits; on return it is waiting.
inline Process let_sysv_peer_wait(const std::string& verb, std::int32_t key,
                                  const std::vector<std::string>& arguments = {}) {
    Process peer = start_sysv_peer(verb, key, arguments);
    BOOST_TEST_REQUIRE(peer.read_line() == "ready");
    peer.wait_until_asleep();
    return peer;
}

/// A semaphore that is removed when the test ends.
struct SysvSemaphore {
    explicit SysvSemaphore(unsigned value = 0)
        : semaphore{key, crex::O_CREX, {.initial_value = value}} {}

    std::int32_t key = unique_key();
    crex::sysv::Semaphore semaphore;
    crex::sysv::RemoveOnDestroy<crex::sysv::Semaphore> removed{semaphore};
};

} // namespace test
