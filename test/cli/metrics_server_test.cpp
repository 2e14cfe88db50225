// SPDX-License-Identifier: BSL-1.0

// crex metrics --listen.

#include <cstdlib>
#include <optional>

#include <signal.h>

#include "cli/command.hpp"
#include "cli/http.hpp"

using namespace test;

namespace {

// A crex that serves metrics, and its port.
struct Served {
    explicit Served(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"metrics", "--listen", "127.0.0.1:0"});
        process.emplace(CREX_TEST_COMMAND, more);
        const std::string url = process->read_line();
        BOOST_TEST_REQUIRE(url.starts_with("http://127.0.0.1:"), url);
        BOOST_TEST_REQUIRE(url.ends_with("/metrics"), url);
        port = std::atoi(url.c_str() + url.rfind(':') + 1);
    }

    std::optional<Process> process;
    int port = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(the_server_serves_metrics_and_nothing_else) {
    if (!enter_stage()) {
        return;
    }
    const crex::RobustSemaphore turn{"/turn", crex::O_CREX, {.initial_value = 7}};
    const Served served;
    const HttpAnswer answer = http(served.port, "/metrics");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(contains(answer.head, "Content-Type: text/plain; version=0.0.4"));
    BOOST_TEST(
        contains(answer.body, "\ncrex_semaphore_value{kind=\"crex-sem\",name=\"/turn\"} 7\n"));
    BOOST_TEST(http(served.port, "/metrics?x=1").status == 200);
    const HttpAnswer head = http(served.port, "/metrics", "HEAD");
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.body.empty());
    BOOST_TEST(contains(head.head, "Content-Length: "));
    BOOST_TEST(!contains(head.head, "Content-Length: 0"));
    BOOST_TEST(http(served.port, "/").status == 404);
    BOOST_TEST(http(served.port, "/metrics", "DELETE").status == 405);
}

BOOST_AUTO_TEST_CASE(slow_and_broken_clients_keep_no_other_one_waiting) {
    const Served served;
    const Connection silent{served.port};
    const Connection slow{served.port};
    slow.send("GET /metr");
    const Connection broken{served.port};
    broken.send("\r\n\r\n\x01\x02 nonsense\r\n\r\n");
    const Connection endless{served.port};
    endless.send("GET /metrics HTTP/1.1\r\nX: " + std::string(60000, 'x'));
    BOOST_TEST(endless.rest().empty()); // it is closed
    BOOST_TEST(http(served.port, "/metrics").status == 200);
    slow.send("ics HTTP/1.0\r\n\r\n");
    BOOST_TEST(slow.rest().starts_with("HTTP/1.0 200"));
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_server_at_once) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        Served served;
        const Connection waiting{served.port};
        served.process->signal(signal);
        BOOST_TEST(served.process->wait() == -signal);
    }
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_an_error) {
    const Served served;
    const std::string address = "127.0.0.1:" + std::to_string(served.port);
    const std::string error = expect_status(75, {"metrics", "--listen", address});
    BOOST_TEST(error ==
               "crex metrics: " + address + ": cannot listen there: Address already in use\n");
}

BOOST_AUTO_TEST_CASE(wrong_addresses_are_refused) {
    for (const char* const address :
         {"", "127.0.0.1", "9464", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
          "localhost:9464", "::1:9464", "[::1]", "[::1:9464", "127.0.0.1:9464:1", ":9464"}) {
        const std::string error = expect_status(64, {"metrics", "--listen", address});
        BOOST_TEST(error.starts_with("crex metrics: --listen: \""), error);
    }
    for (const char* const address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
        const std::string error = expect_status(64, {"metrics", "--listen", address});
        BOOST_TEST(contains(error, "--allow-remote"), error);
    }
    expect_status(64, {"metrics", "--allow-remote"});
    expect_status(64, {"metrics", "--max-objects", "many"});
}

BOOST_AUTO_TEST_CASE(an_address_that_others_can_reach_needs_an_option) {
    Process process{CREX_TEST_COMMAND, {"metrics", "--listen", "0.0.0.0:0", "--allow-remote"}};
    const std::string url = process.read_line();
    BOOST_TEST_REQUIRE(url.starts_with("http://0.0.0.0:"), url);
    BOOST_TEST(http(std::atoi(url.c_str() + url.rfind(':') + 1), "/metrics").status == 200);
}
