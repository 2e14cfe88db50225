// SPDX-License-Identifier: BSL-1.0

// Processes that are killed, and a server that is killed and started again, while messages pass:
// none is lost whose send() returned, and none is delivered again after its ack() returned. Each
// experiment has a control, in which the same ledger must find a fault.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <crex/postgres.hpp>

#include "postgres/psql.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// What became of each message, in memory that all processes share.
struct Ledger {
    static constexpr std::size_t most = 200'000;
    struct Entry {
        std::atomic<bool> sent; // send() has returned
        std::atomic<unsigned> deliveries;
        std::atomic<bool> acknowledged; // ack() has returned
    };
    std::atomic<std::size_t> next;
    std::atomic<unsigned> again_after_ack;
    std::atomic<unsigned> failures; // errors that no kill explains
    std::atomic<bool> stops;
    std::array<Entry, most> entries;
};

class SharedLedger {
public:
    SharedLedger()
        : ledger_{static_cast<Ledger*>(mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0))} {}
    ~SharedLedger() { munmap(ledger_, sizeof(Ledger)); }
    SharedLedger(const SharedLedger&) = delete;
    SharedLedger& operator=(const SharedLedger&) = delete;

    Ledger* operator->() const { return ledger_; }
    Ledger& operator*() const { return *ledger_; }

    [[nodiscard]] std::size_t count(bool (*fits)(const Ledger::Entry&)) const {
        const std::size_t used = std::min(ledger_->next.load(), Ledger::most);
        std::size_t result = 0;
        for (std::size_t i = 0; i < used; ++i) {
            result += fits(ledger_->entries[i]) ? 1 : 0;
        }
        return result;
    }
    [[nodiscard]] std::size_t sent() const {
        return count([](const auto& each) { return each.sent.load(); });
    }
    [[nodiscard]] std::size_t lost() const {
        return count([](const auto& each) { return each.sent && each.deliveries == 0; });
    }
    [[nodiscard]] std::size_t twice() const {
        return count([](const auto& each) { return each.deliveries > 1; });
    }

private:
    Ledger* ledger_;
};

// When a sender notes that a message is sent: the control does so too early.
enum class Noted { after_send, before_send };

struct Experiment {
    explicit Experiment(std::string its_parameters, Noted when = Noted::after_send)
        : parameters{std::move(its_parameters)}, noted{when} {}

    std::string parameters;
    std::string name = unique_name();
    SharedLedger ledger;
    Noted noted;

    [[nodiscard]] crex::MessageQueueOptions options(crex::Server& server) const {
        return {.max_messages = 100, .max_message_size = 64, .at = &server};
    }

    int send() const {
        crex::PostgresServer server{parameters};
        crex::MessageQueue queue{name, 0, options(server)};
        while (!ledger->stops) {
            const std::size_t number = ledger->next++;
            if (number >= Ledger::most) {
                return 0;
            }
            auto& entry = ledger->entries[number];
            if (noted == Noted::before_send) {
                entry.sent = true;
            }
            try {
                if (queue.try_send_for(30s, std::to_string(number))) {
                    entry.sent = true;
                }
            } catch (const crex::ConnectionError&) { // then it may have been sent, or not
            }
        }
        return 0;
    }

    // Returns false when there is none for a while.
    bool receive_one(crex::MessageQueue& queue, crex::Timeout timeout) const {
        auto lease = queue.try_lease(timeout);
        if (!lease) {
            return false;
        }
        const std::string body{reinterpret_cast<const char*>(lease->bytes().data()),
                               lease->bytes().size()};
        auto& entry = ledger->entries[std::stoul(body)];
        if (entry.acknowledged) {
            ++ledger->again_after_ack;
        }
        ++entry.deliveries;
        std::this_thread::sleep_for(2ms); // so that some are killed with a lease
        try {
            lease->ack();
            entry.acknowledged = true;
        } catch (const crex::LeaseLostError&) { // it is delivered again
        } catch (const crex::ConnectionError&) {
        }
        return true;
    }

    int receive() const {
        crex::PostgresServer server{parameters};
        crex::MessageQueue queue{name, 0, options(server)};
        while (!ledger->stops) {
            try {
                (void)receive_one(queue, 10s);
            } catch (const crex::ConnectionError&) {
            }
        }
        return 0;
    }

    [[nodiscard]] std::unique_ptr<Process> start(unsigned which) const {
        return std::make_unique<Process>([this, which]() -> int {
            try {
                return which % 2 == 0 ? send() : receive();
            } catch (const std::exception& error) {
                std::cerr << "worker: " << error.what() << std::endl;
                ++ledger->failures;
                return 1;
            }
        });
    }

    // Receives what is left, until nothing comes for longer than it takes to notice a death.
    void drain(crex::Server& server) const {
        crex::MessageQueue queue{name, 0, options(server)};
        while (receive_one(queue, 3s)) {
        }
    }

    void report(const std::string& what) const {
        std::cout << what << ": " << ledger.sent() << " sent, " << ledger.lost() << " lost, "
                  << ledger->again_after_ack << " again after ack(), " << ledger.twice()
                  << " delivered twice, " << ledger->failures << " failures" << std::endl;
    }
};

std::string shared_parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

void kill_workers(Experiment& experiment, int kills) {
    crex::PostgresServer server{experiment.parameters};
    crex::MessageQueue queue{experiment.name, crex::O_CREX, experiment.options(server)};
    std::minstd_rand random{42};
    std::vector<std::unique_ptr<Process>> workers;
    for (unsigned i = 0; i < 6; ++i) {
        workers.push_back(experiment.start(i));
    }
    for (int i = 0; i < kills; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10 + random() % 60});
        const auto which = static_cast<unsigned>(random() % workers.size());
        workers[which]->kill();
        workers[which] = experiment.start(which);
    }
    experiment.ledger->stops = true;
    for (unsigned i = 0; i < workers.size(); i += 2) {
        workers[i].reset(); // the senders
    }
    experiment.drain(server);
    workers.clear();
    experiment.drain(server);
    queue.unlink();
}

// A server of this test's own, whose commits are on disk.
class OwnServer {
public:
    OwnServer() { run("start " + directory_ + " " CREX_TEST_POSTGRES_BIN); }
    ~OwnServer() { run("stop " + directory_ + " " CREX_TEST_POSTGRES_BIN); }
    OwnServer(const OwnServer&) = delete;
    OwnServer& operator=(const OwnServer&) = delete;

    [[nodiscard]] std::string parameters() const {
        return "host=" + directory_ + " user=crex dbname=postgres";
    }
    void kill_and_restart() const { run("restart " + directory_ + " " CREX_TEST_POSTGRES_BIN); }

private:
    static void run(const std::string& arguments) {
        BOOST_TEST_REQUIRE(std::system(("sh " CREX_TEST_POSTGRES_SCRIPT " " + arguments).c_str()) ==
                           0);
    }

    std::string directory_ = "/tmp/crex-pg-" + std::to_string(getpid());
};

void kill_server(const OwnServer& own, Experiment& experiment, int kills) {
    crex::PostgresServer server{experiment.parameters};
    crex::MessageQueue queue{experiment.name, crex::O_CREX, experiment.options(server)};
    std::vector<std::unique_ptr<Process>> workers;
    for (unsigned i = 0; i < 6; ++i) {
        workers.push_back(experiment.start(i));
    }
    for (int i = 0; i < kills; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{300 + i * 20});
        own.kill_and_restart();
    }
    std::this_thread::sleep_for(2s);
    experiment.ledger->stops = true;
    for (const auto& worker : workers) {
        BOOST_TEST(worker->wait() == 0);
    }
    experiment.drain(server);
    queue.unlink();
}

} // namespace

BOOST_AUTO_TEST_CASE(no_kill_of_a_process_loses_a_message_or_repeats_an_acknowledged_one) {
    Experiment experiment{shared_parameters()};
    kill_workers(experiment, 200);
    experiment.report("200 kills of processes");
    BOOST_TEST(experiment.ledger.sent() > 0U);
    BOOST_TEST(experiment.ledger.twice() > 0U); // kills have hit consumers with a lease
    BOOST_TEST(experiment.ledger.lost() == 0U);
    BOOST_TEST(experiment.ledger->again_after_ack == 0U);
    BOOST_TEST(experiment.ledger->failures == 0U);
}

BOOST_AUTO_TEST_CASE(ledger_sees_messages_that_are_lost) {
    Experiment experiment{shared_parameters(), Noted::before_send};
    kill_workers(experiment, 60);
    experiment.report("control");
    BOOST_TEST(experiment.ledger.lost() != 0U);
}

BOOST_AUTO_TEST_CASE(no_crash_of_the_server_loses_a_message_or_repeats_an_acknowledged_one) {
    const OwnServer own;
    crex::create_postgres_schema(own.parameters());
    Experiment experiment{own.parameters()};
    kill_server(own, experiment, 25);
    experiment.report("25 crashes of the server");
    BOOST_TEST(experiment.ledger.sent() > 0U);
    BOOST_TEST(experiment.ledger.lost() == 0U);
    BOOST_TEST(experiment.ledger->again_after_ack == 0U);
    BOOST_TEST(experiment.ledger->failures == 0U);
}

// Without the synced commit, what was committed last is lost with the server.
BOOST_AUTO_TEST_CASE(ledger_sees_commits_that_are_not_on_disk) {
    const OwnServer own;
    crex::create_postgres_schema(own.parameters());
    BOOST_TEST_REQUIRE(!!psql(own.parameters(),
                              "create or replace function crex.sync() returns void "
                              "language sql as ''"));
    Experiment experiment{own.parameters()};
    kill_server(own, experiment, 6);
    experiment.report("control");
    BOOST_TEST(experiment.ledger.lost() + experiment.ledger->again_after_ack != 0U);
}
