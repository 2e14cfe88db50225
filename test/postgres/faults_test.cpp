// SPDX-License-Identifier: BSL-1.0

// Each call that libpq makes to the kernel for an operation fails once, with the connection: before
// it, after it, and in the middle of what is sent. And at each of them, the process dies once.
// After that, no message may be lost, doubled or stuck, nor a permit.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <crex/postgres.hpp>

#include "postgres/psql.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/thorough.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

enum class Fault { none, before, after, halfway, death_before, death_after };

// What happens to the calls of this process. Only libpq's session calls send() and recv() here.
struct Plan {
    std::atomic<bool> is_armed{false};
    std::atomic<int> calls{0};
    int at = 0; // which one
    Fault fault = Fault::none;
} plan;

[[nodiscard]] bool is_time() { return plan.is_armed && ++plan.calls == plan.at; }

[[noreturn]] void die() {
    kill(getpid(), SIGKILL);
    std::abort();
}

ssize_t fail(int socket) {
    shutdown(socket, SHUT_RDWR);
    errno = ECONNRESET;
    return -1;
}

template <class Call> ssize_t faulty(int socket, std::size_t size, Call call) {
    if (!is_time()) {
        return call(size);
    }
    if (plan.fault == Fault::death_before) {
        die();
    }
    if (plan.fault != Fault::before) {
        (void)call(plan.fault == Fault::halfway ? size / 2 : size);
    }
    if (plan.fault == Fault::death_after) {
        die();
    }
    return fail(socket);
}

template <class Function> Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

// libpq finds these first.
extern "C" {
__attribute__((visibility("default"))) ssize_t send(int socket, const void* bytes, std::size_t size,
                                                    int flags) {
    static auto* const real = next<ssize_t(int, const void*, std::size_t, int)>("send");
    return faulty(socket, size, [&](std::size_t part) { return real(socket, bytes, part, flags); });
}
__attribute__((visibility("default"))) ssize_t recv(int socket, void* bytes, std::size_t size,
                                                    int flags) {
    static auto* const real = next<ssize_t(int, void*, std::size_t, int)>("recv");
    return faulty(socket, size, [&](std::size_t part) { return real(socket, bytes, part, flags); });
}
}

namespace {

// What the process says of the operation, in memory that it shares with the test.
enum class Outcome { died, returned, may_have_happened, has_not_happened, lease_lost, failed };
constexpr std::array outcome_names{
    "died", "returned", "may have happened", "has not happened", "lease lost", "failed"};

struct Report {
    std::atomic<Outcome> outcome{Outcome::died};
    std::atomic<int> calls{0}; // how many there were
    std::atomic<bool> was_hit{false};
    std::array<char, 256> text{};
};

// What a process has of one queue and one semaphore.
struct Subject {
    crex::PostgresServer server;
    std::optional<crex::MessageQueue> queue;
    std::optional<crex::RobustSemaphore> semaphore;
    std::optional<crex::Lease> lease;

    explicit Subject(const std::string& parameters) : server{parameters} {}
};

// How many messages there must be afterwards, and whether the queue has gone.
struct Expected {
    std::size_t at_least = 0;
    std::size_t at_most = 0;
    bool may_be_unlinked = false;
    bool must_be_unlinked = false;
};

struct Operation {
    const char* name;
    std::size_t messages; // in the queue before it
    std::function<void(Subject&, const std::string&)> prepare;
    std::function<void(Subject&, const std::string&)> perform;
    std::function<Expected(Outcome)> expect;
};

Expected exactly(std::size_t count) { return {count, count}; }
Expected between(std::size_t least, std::size_t most) { return {least, most}; }

void open_queue(Subject& its, const std::string& name) {
    its.queue.emplace(name, 0, crex::MessageQueueOptions{.at = &its.server});
}
void lease_one(Subject& its, const std::string& name) {
    open_queue(its, name);
    its.lease = its.queue->lease(10s);
}
void open_semaphore(Subject& its, const std::string& name) {
    its.semaphore.emplace(name, 0, crex::RobustSemaphoreOptions{.at = &its.server});
}
void acquire_one(Subject& its, const std::string& name) {
    open_semaphore(its, name);
    its.semaphore->acquire(10s);
}
void nothing(Subject&, const std::string&) {}

std::string new_name(const std::string& name) { return name + "-new"; }

void send_five(Subject& its, const std::string&) {
    const std::vector<std::string_view> five(5, "x");
    if (its.queue->send_many(five, 10s) != five.size()) {
        throw std::runtime_error{"it has sent fewer"};
    }
}

// A call that repeats itself until it is answered.
Expected sent(Outcome outcome, std::size_t count) {
    return outcome == Outcome::died ? between(0, count) : exactly(count);
}

// One that does not, and takes one of two.
Expected taken(Outcome outcome) {
    switch (outcome) {
    case Outcome::returned:
        return exactly(1);
    case Outcome::lease_lost:
    case Outcome::has_not_happened:
        return exactly(2);
    default:
        return between(1, 2);
    }
}

const std::vector<Operation>& operations() {
    static const auto one_stays = [](Outcome) { return exactly(1); };
    static const auto none = [](Outcome) { return exactly(0); };
    static const std::vector<Operation> all{
        {"create", 0, nothing,
         [](Subject& its, const std::string& name) {
             its.queue.emplace(new_name(name), crex::O_CREX,
                               crex::MessageQueueOptions{.at = &its.server});
         },
         none},
        {"open", 0, nothing, open_queue, none},
        {"send", 0, open_queue, [](Subject& its, const std::string&) { its.queue->send("x", 10s); },
         [](Outcome outcome) { return sent(outcome, 1); }},
        {"send_many", 0, open_queue, send_five, [](Outcome outcome) { return sent(outcome, 5); }},
        {"receive", 2, open_queue,
         [](Subject& its, const std::string&) { (void)its.queue->receive(10s); }, taken},
        {"lease", 1, open_queue,
         [](Subject& its, const std::string&) { its.lease = its.queue->lease(10s); }, one_stays},
        {"ack", 2, lease_one, [](Subject& its, const std::string&) { its.lease->ack(); }, taken},
        {"nack", 1, lease_one, [](Subject& its, const std::string&) { its.lease->nack(); },
         one_stays},
        {"drop a lease", 1, lease_one, [](Subject& its, const std::string&) { its.lease.reset(); },
         one_stays},
        {"shutdown", 1, open_queue, [](Subject& its, const std::string&) { its.queue->shutdown(); },
         one_stays},
        {"request_notification", 1, open_queue,
         [](Subject& its, const std::string&) { its.queue->request_notification([] {}); },
         one_stays},
        {"close", 1, open_queue, [](Subject& its, const std::string&) { its.queue->close(); },
         one_stays},
        {"unlink", 0, open_queue, [](Subject& its, const std::string&) { its.queue->unlink(); },
         [](Outcome outcome) {
             return Expected{0, 0, true, outcome == Outcome::returned};
         }},
        {"acquire", 0, open_semaphore,
         [](Subject& its, const std::string&) { its.semaphore->acquire(10s); }, none},
        {"release", 0, acquire_one,
         [](Subject& its, const std::string&) { its.semaphore->release(); }, none},
        {"close a semaphore", 0, acquire_one,
         [](Subject& its, const std::string&) { its.semaphore->close(); }, none},
    };
    return all;
}

const Operation& operation_called(std::string_view name) {
    return *std::find_if(operations().begin(), operations().end(),
                         [&](const Operation& each) { return each.name == name; });
}

// The objects that one run uses, and what is wrong with them afterwards.
class Objects {
public:
    Objects(crex::PostgresServer& server, std::size_t messages, std::chrono::seconds patience)
        : server_{server}, patience_{patience}, queue_{name_, crex::O_CREX, {.at = &server}},
          semaphore_{name_, crex::O_CREX, {.at = &server}} {
        for (std::size_t i = 0; i < messages; ++i) {
            queue_.send("x");
        }
    }
    ~Objects() {
        if_there_is_one([&] { queue_.unlink(); });
        if_there_is_one([&] { semaphore_.unlink(); });
        if_there_is_one([&] { crex::unlink_message_queue(new_name(name_), server_); });
    }
    Objects(const Objects&) = delete;
    Objects& operator=(const Objects&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }

    // Empty if all is well.
    [[nodiscard]] std::string fault(const Expected& expected) {
        std::string result;
        if (!if_there_is_one([&] { result = fault_of_queue(expected); })) {
            result = expected.may_be_unlinked ? "" : "the queue is gone";
        }
        if (!eventually([&] { return semaphore_.value() == 1 && is_alone(false); }, patience_)) {
            result += " a permit or a handle of the semaphore is stuck";
        }
        if (!eventually([&] { return can_use_new_one(); }, patience_)) {
            result += " what was created is not whole";
        }
        return result;
    }

private:
    // False if it throws ExistentialError.
    template <class Body> static bool if_there_is_one(Body body) {
        try {
            body();
            return true;
        } catch (const crex::ExistentialError&) {
            return false;
        }
    }

    [[nodiscard]] std::string fault_of_queue(const Expected& expected) {
        std::size_t count = 0;
        if (!eventually([&] { return take(count), is_alone(true); }, patience_)) {
            return "a message or a handle of the queue is stuck";
        }
        if (expected.must_be_unlinked) {
            return "the queue is still there";
        }
        if (!eventually([&] { return can_request_notification(); }, patience_)) {
            return "a request for notification is stuck";
        }
        return count < expected.at_least  ? "a message is lost"
               : count > expected.at_most ? "a message is doubled"
                                          : "";
    }

    // Takes what is there, and notices deaths.
    void take(std::size_t& count) {
        try {
            while (queue_.try_receive_for(10ms)) {
                ++count;
            }
        } catch (const crex::ShutdownError&) {                            // and it is empty
            const crex::MessageQueue another{name_, 0, {.at = &server_}}; // which looks, too
        }
    }

    [[nodiscard]] bool can_request_notification() {
        try {
            queue_.request_notification([] {});
            return true;
        } catch (const crex::BusyError&) {
            return false;
        }
    }

    // Whether no handle but the test's own is on it, and it is empty.
    [[nodiscard]] bool is_alone(bool is_queue) const {
        const auto all = server_.list_objects();
        const auto its = std::find_if(all.begin(), all.end(), [&](const auto& each) {
            return each.name == name_ && each.is_queue == is_queue;
        });
        return its != all.end() && its->handles == 1 && its->messages == 0;
    }

    [[nodiscard]] bool can_use_new_one() {
        crex::MessageQueue its{new_name(name_), crex::o_creat, {.at = &server_}};
        its.send("x", 10s);
        return its.receive(10s).body == "x" && its.stats().participants == 1;
    }

    crex::PostgresServer& server_;
    std::chrono::seconds patience_;
    std::string name_ = unique_name();
    crex::MessageQueue queue_;
    crex::RobustSemaphore semaphore_;
};

Outcome outcome_of(const std::function<void()>& body, Report& report) {
    try {
        body();
        return Outcome::returned;
    } catch (const crex::LeaseLostError&) {
        return Outcome::lease_lost;
    } catch (const crex::ConnectionError& error) {
        return error.may_have_happened() ? Outcome::may_have_happened : Outcome::has_not_happened;
    } catch (const std::exception& error) {
        std::string_view{error.what()}.copy(report.text.data(), report.text.size() - 1);
        return Outcome::failed;
    }
}

// Runs operations in processes of their own, in which one call fails.
class Runner {
public:
    explicit Runner(std::string parameters, std::chrono::seconds patience = 20s)
        : parameters_{std::move(parameters)}, server_{parameters_}, patience_{patience},
          report_{new (mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Report} {}
    ~Runner() { munmap(report_, sizeof(Report)); }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    // What went wrong; empty if nothing did.
    std::string run(const Operation& operation, Fault fault, int at) {
        new (report_) Report;
        Objects objects{server_, operation.messages, patience_};
        const int code =
            Process{[&] { return perform(operation, objects.name(), fault, at); }}.wait();
        const Outcome outcome = report_->outcome;
        hits_ += report_->was_hit ? 1 : 0;
        const bool may_die = fault == Fault::death_before || fault == Fault::death_after;
        const std::string wrong = code != 0 && !(may_die && code == -SIGKILL) ? "it has crashed"
                                  : outcome == Outcome::failed
                                      ? std::string{"it failed: "} + report_->text.data()
                                      : objects.fault(operation.expect(outcome));
        return wrong.empty()
                   ? wrong
                   : std::string{operation.name} + ", fault " +
                         std::to_string(static_cast<int>(fault)) + " at call " +
                         std::to_string(at) + ", " +
                         outcome_names.at(static_cast<std::size_t>(outcome)) + ": " + wrong;
    }

    // How many calls the operation makes when nothing fails.
    int count_calls(const Operation& operation) {
        BOOST_TEST(run(operation, Fault::none, 0) == "");
        return report_->calls;
    }

    [[nodiscard]] int hits() const { return hits_; }

private:
    int perform(const Operation& operation, const std::string& name, Fault fault, int at) {
        Subject its{parameters_};
        operation.prepare(its, name);
        plan.at = at;
        plan.fault = fault;
        report_->was_hit = fault == Fault::death_before || fault == Fault::death_after;
        plan.is_armed = true;
        const Outcome outcome = outcome_of([&] { operation.perform(its, name); }, *report_);
        plan.is_armed = false;
        report_->calls = plan.calls.load();
        report_->was_hit = at != 0 && plan.calls >= at;
        report_->outcome = outcome;
        return 0;
    }

    std::string parameters_;
    crex::PostgresServer server_;
    std::chrono::seconds patience_;
    Report* report_;
    int hits_ = 0;
};

std::string shared_parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// A few in CI; all in a soak.
std::vector<int> calls_to_fail(int count) {
    std::vector<int> result;
    for (int i = 1; i <= count; ++i) {
        if (thorough || i <= 2 || i == count) {
            result.push_back(i);
        }
    }
    return result;
}
std::vector<Fault> faults() {
    return thorough ? std::vector{Fault::before, Fault::after, Fault::halfway, Fault::death_before,
                                  Fault::death_after}
                    : std::vector{Fault::after, Fault::death_after};
}

} // namespace

BOOST_AUTO_TEST_CASE(no_failing_call_loses_doubles_or_blocks_a_message_or_a_permit) {
    Runner runner{shared_parameters()};
    int runs = 0;
    for (const Operation& operation : operations()) {
        const int calls = runner.count_calls(operation);
        BOOST_TEST(calls >= 2, operation.name); // it asks, and hears
        for (const int at : calls_to_fail(calls)) {
            for (const Fault fault : faults()) {
                BOOST_TEST(runner.run(operation, fault, at) == "");
                ++runs;
            }
        }
    }
    std::cout << runs << " runs, of which " << runner.hits() << " met their fault" << std::endl;
    BOOST_TEST(runner.hits() > runs / 2);
}

namespace {

// A database in which a part of the schema does not do its work.
struct Broken {
    std::string name = "t" + std::to_string(getpid());
    std::string parameters = shared_parameters() + " dbname=" + name;

    explicit Broken(const char* command) {
        psql(shared_parameters(), "create database " + name);
        crex::create_postgres_schema(parameters);
        BOOST_TEST_REQUIRE(!!psql(parameters, command));
    }
    ~Broken() { psql(shared_parameters(), "drop database " + name + " with (force)"); }
    Broken(const Broken&) = delete;
    Broken& operator=(const Broken&) = delete;
};

} // namespace

BOOST_AUTO_TEST_CASE(test_sees_a_send_that_is_not_recognised_when_it_is_repeated) {
    const Broken broken{
        "create function crex.forget() returns trigger language plpgsql as 'begin return null; "
        "end'; create trigger forget before insert or update on crex.sender for each row execute "
        "function crex.forget()"};
    Runner runner{broken.parameters};
    const Operation& send = operation_called("send");
    std::string wrong;
    for (int at = 1, calls = runner.count_calls(send); at <= calls; ++at) {
        wrong += runner.run(send, Fault::after, at);
    }
    BOOST_TEST(wrong.find("doubled") != wrong.npos, wrong);
}

BOOST_AUTO_TEST_CASE(test_sees_what_a_dead_process_keeps) {
    const Broken broken{"create or replace function crex.is_dead(its_session bigint, its_backend "
                        "int) returns boolean language sql as 'select false'"};
    Runner runner{broken.parameters, 3s};
    const Operation& lease = operation_called("lease");
    const int calls = runner.count_calls(lease);
    std::string wrong;
    for (int at = 1; at <= calls && wrong.empty(); ++at) {
        wrong = runner.run(lease, Fault::death_after, at);
    }
    BOOST_TEST(wrong.find("stuck") != wrong.npos, wrong);
}
