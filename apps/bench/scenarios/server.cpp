// SPDX-License-Identifier: BSL-1.0
#include <utility>

#include "harness/server_processes.hpp"
#include "scenarios/scenarios.hpp"

namespace bench {

namespace {

Scenario at_server(AtServer method, const std::string& name) {
    return {method,
            {{name, "per s", true}, {name + ", server CPU", "us"}},
            "server",
            {"crex", "libpq"}};
}

} // namespace

std::vector<Scenario> server_scenarios() {
    if (!has_server()) {
        return {};
    }
    using enum AtServer::Call;
    std::vector<Scenario> all{
        at_server({send}, "send"),
        at_server({receive}, "receive"),
        at_server({send_many}, "send_many(256)"),
        at_server({acquire_and_release}, "acquire+release"),
        at_server({round_trip}, "round trip"),
        at_server({.call = send, .processes = 24}, "24 senders"),
    };
    all.back().subjects.push_back("libpq, a commit each");
    return all;
}

} // namespace bench
