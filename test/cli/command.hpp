// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include "inventory/stage.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// The output and exit status of one run of the command.
struct Ran {
    int status;
    std::string output;
};

inline Ran crex_command(const std::vector<std::string>& arguments,
                        Capture capture = Capture::output) {
    Process process{CREX_TEST_COMMAND, arguments, capture};
    std::string output = process.read_all();
    return {process.wait(), std::move(output)};
}

/// Runs the command, reads output and errors, and expects this status. Returns the text.
inline std::string expect_status(int status, const std::vector<std::string>& arguments) {
    const Ran ran = crex_command(arguments, Capture::both);
    BOOST_TEST(ran.status == status, ran.output);
    return ran.output;
}

/// The output of `crex ls --json` with further arguments.
inline nlohmann::json listed(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"ls", "--json"});
    const Ran ran = crex_command(arguments);
    BOOST_TEST_REQUIRE(ran.status == 0);
    return nlohmann::json::parse(ran.output);
}

/// The listed entry of one object; null when the object is not listed.
inline nlohmann::json listed_object(const std::string& kind, const std::string& name) {
    const auto everything = listed();
    for (const auto& object : everything["objects"]) {
        if (object["kind"] == kind && object["name"] == name) {
            return object;
        }
    }
    return nullptr;
}

/// Whether this machine has the program. If not, reports the test as skipped.
inline bool is_installed(const std::string& program) {
    for (const std::string directory : {"/usr/bin/", "/usr/sbin/", ""}) {
        if (::access((directory + program).c_str(), X_OK) == 0) {
            return true;
        }
    }
    skip(program + " is not installed");
    return false;
}

} // namespace test
