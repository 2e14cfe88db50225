// SPDX-License-Identifier: BSL-1.0

// The demo programs, with their queue at a server.

#include <atomic>
#include <cstdlib>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/postgres.hpp>

#include "postgres/psql.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

std::string parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// Mrs Premise and Mrs Conclusion, each with a connection of her own.
struct Conversation {
    static constexpr int iterations = 150;

    std::string name = unique_name();
    const Removed<PostgresQueues> removed{name};
    Process premise = start("mq_premise");
    Process conclusion = start_second();

    [[nodiscard]] Process start(const std::string& program) const {
        return Process{CREX_TEST_APPS "/" + program,
                       {"--params", CREX_PARAMS_FILE, "--message-queue-name", name, "--iterations",
                        std::to_string(iterations), "--patience", "60", "--quiet", "--at",
                        parameters()}};
    }
    [[nodiscard]] Process start_second() const {
        BOOST_TEST(eventually([&] { return PostgresQueues::inspect(name).has_value(); }));
        return start("mq_conclusion");
    }

    void expect_success() {
        for (Process* const each : {&premise, &conclusion}) {
            const std::string output = each->read_all();
            BOOST_TEST(each->wait() == 0, output);
            const std::string all = std::to_string(2 * iterations);
            for (const std::string& line :
                 {"messages exchanged:  " + all + "\n", std::string{"messages corrupt:    0\n"},
                  std::string{"messages twice:      0\n"}}) {
                BOOST_TEST(contains(output, line), output);
            }
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(programs_converse_through_a_server, Conversation) {
    expect_success();
    BOOST_TEST(!PostgresQueues::inspect(name).has_value()); // Premise has removed it
}

BOOST_FIXTURE_TEST_CASE(conversation_survives_that_its_connections_are_lost, Conversation) {
    std::atomic<bool> is_done{false};
    std::atomic<int> cuts{0};
    std::jthread cutter{[&] {
        const std::string pids =
            std::to_string(premise.pid()) + ", " + std::to_string(conclusion.pid());
        while (!is_done) {
            const auto cut =
                psql(parameters(), "select pg_terminate_backend(a.pid) from crex.session s join "
                                   "pg_stat_activity a on a.pid = s.backend where s.pid in (" +
                                       pids + ")");
            cuts += cut == "t" ? 1 : 0;
            std::this_thread::sleep_for(100ms);
        }
    }};
    expect_success();
    is_done = true;
    cutter.join();
    BOOST_TEST(cuts > 0);
}
