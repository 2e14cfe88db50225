// SPDX-License-Identifier: BSL-1.0

// The command crex, with objects at a server.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include "contract/queue_fixture.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Ended {
    int status;
    std::string output; // and errors
};

// A service file that leads to the test run's server as "here".
struct Shell : QueueFixture<PostgresQueues> {
    std::string file = "/tmp/crex-service-" + std::to_string(getpid());

    Shell() {
        std::string parameters = std::getenv("CREX_TEST_POSTGRES"); // "host=A user=B dbname=C"
        std::replace(parameters.begin(), parameters.end(), ' ', '\n');
        std::ofstream{file} << "[here]\n" << parameters << '\n';
    }
    ~Shell() { std::filesystem::remove(file); }
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    // `command` as a shell has it, with crex for the command.
    [[nodiscard]] Ended run(const std::string& command) const {
        const std::string line = "export PGSERVICEFILE=" + file +
                                 "; crex() { '" CREX_TEST_COMMAND "' \"$@\"; }; { " + command +
                                 "; } 2>&1";
        FILE* const pipe = popen(line.c_str(), "r");
        std::string output;
        std::array<char, 4096> buffer;
        for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) != 0;) {
            output.append(buffer.data(), got);
        }
        return {WEXITSTATUS(pclose(pipe)), output};
    }
    void expect(const std::string& command, const std::string& output, int status = 0) const {
        const Ended ended = run(command);
        BOOST_TEST(ended.output == output);
        BOOST_TEST(ended.status == status, ended.output);
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(command_sends_receives_and_peeks_at_a_server, Shell) {
    const std::string at = " " + name + " --at service=here";
    expect("printf hello | crex mq send -p 7" + at, "");
    BOOST_TEST(queue.peek()->body == "hello");
    BOOST_TEST(contains(run("crex mq peek" + at).output, "hello"));
    BOOST_TEST(contains(run("crex mq recv -t 0" + at).output, "hello"));
    BOOST_TEST(run("crex mq recv -t 0" + at).status == 75);
    queue.send("work");
    expect("crex mq recv -n 1 --exec cat" + at, "work");
    BOOST_TEST(queue.current_messages() == 0U);
}

BOOST_FIXTURE_TEST_CASE(command_makes_and_removes_objects_at_a_server, Shell) {
    const std::string other = unique_name();
    const std::string at = " " + other + " --at service=here";
    expect("crex create sem --value 2" + at, "");
    expect("crex sem value" + at, "2\n");
    expect("crex sem run" + at + " -- echo inside", "inside\n");
    BOOST_TEST(run("crex create sem" + at).status == 73);
    BOOST_TEST(run("crex rm" + at).status == 64); // it ends the object for its users
    expect("crex rm -f" + at, "");
    BOOST_TEST(run("crex sem value" + at).status == 66);
}

BOOST_FIXTURE_TEST_CASE(command_line_takes_a_service_and_nothing_else, Shell) {
    for (const std::string text :
         {"host=localhost", "service=here password=secret42", "service="}) {
        const Ended ended = run("crex mq stat " + name + " --at '" + text + "'");
        BOOST_TEST(ended.status == 64);
        BOOST_TEST(!contains(ended.output, "secret42"), ended.output);
    }
    BOOST_TEST(run("crex mq stat " + name + " --at service=nowhere").status != 0);
}

BOOST_FIXTURE_TEST_CASE(command_lists_what_is_at_a_server, Shell) {
    queue.send("x");
    const Ended listed = run("crex ls --at service=here | grep '" + name + " '");
    BOOST_TEST(contains(listed.output, "crex-mq"), listed.output);
    BOOST_TEST(contains(listed.output, "0600"), listed.output);
    BOOST_TEST(contains(listed.output, "1/4"), listed.output);
    BOOST_TEST(contains(run("crex ls --at service=here --json").output, name));
    BOOST_TEST(run("crex ls --at service=here --stale").status == 64);
}

BOOST_FIXTURE_TEST_CASE(command_shows_the_schema, Shell) {
    BOOST_TEST(contains(run("crex postgres status --service here").output, "schema 1"));
    BOOST_TEST(run("crex postgres init --service here").status == 73);
}
