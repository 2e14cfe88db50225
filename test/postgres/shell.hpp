// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include "contract/queue_fixture.hpp"

namespace test {

struct Ended {
    int status;
    std::string output; // and errors
};

/// A shell that finds crex, and a service file that leads to the test run's server as "here". While
/// it exists, this process has that file, too.
struct Shell : QueueFixture<PostgresQueues> {
    std::string file = "/tmp/crex-service-" + std::to_string(getpid());

    Shell() {
        std::string parameters = std::getenv("CREX_TEST_POSTGRES"); // "host=A user=B dbname=C"
        std::replace(parameters.begin(), parameters.end(), ' ', '\n');
        std::ofstream{file} << "[here]\n" << parameters << '\n';
        setenv("PGSERVICEFILE", file.c_str(), 1);
    }
    ~Shell() {
        unsetenv("PGSERVICEFILE");
        std::filesystem::remove(file);
    }
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    /// Runs `command` as a shell has it, with crex for the command.
    [[nodiscard]] static Ended run(const std::string& command) {
        const std::string line =
            "crex() { '" CREX_TEST_COMMAND "' \"$@\"; }; { " + command + "; } 2>&1";
        FILE* const pipe = popen(line.c_str(), "r");
        std::string output;
        std::array<char, 4096> buffer;
        for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) != 0;) {
            output.append(buffer.data(), got);
        }
        return {WEXITSTATUS(pclose(pipe)), output};
    }
    static void expect(const std::string& command, const std::string& output, int status = 0) {
        const Ended ended = run(command);
        BOOST_TEST(ended.output == output);
        BOOST_TEST(ended.status == status, ended.output);
    }
};

} // namespace test
