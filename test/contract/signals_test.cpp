// SPDX-License-Identifier: BSL-1.0

// Signals and waits, on every object. A signal whose handler was installed without SA_RESTART
// always ends a wait. A signal whose handler was installed with SA_RESTART does not.

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/time.h>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"
#include "support/process.hpp"
#include "support/signals.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// More processes than processors, so that a thread that wakes up waits for a processor.
class BusyProcesses {
public:
    BusyProcesses() {
        for (int i = 0; i < 6; ++i) {
            processes_.emplace_back([]() -> int {
                for (volatile unsigned counter = 0;;) {
                    counter = counter + 1;
                }
            });
        }
    }

private:
    std::vector<Process> processes_;
};

// Sends SIGALRM once after that time.
class LateAlarm {
public:
    explicit LateAlarm(std::chrono::microseconds after) {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        sigaction(SIGALRM, &action, &before_);
        const itimerval timer{{0, 0}, {0, after.count()}};
        setitimer(ITIMER_REAL, &timer, nullptr);
    }
    ~LateAlarm() {
        const itimerval off{};
        setitimer(ITIMER_REAL, &off, nullptr);
        sigaction(SIGALRM, &before_, nullptr);
    }
    LateAlarm(const LateAlarm&) = delete;
    LateAlarm& operator=(const LateAlarm&) = delete;

private:
    struct sigaction before_ {};
};

using Wait = std::function<void(crex::Timeout)>;

// Whether a signal that comes `after` the beginning of a wait ends it. On a busy machine it may
// come before the wait has begun, where it ends nothing, so a wait that missed one gets another.
bool is_ended_by_a_signal(const Wait& wait, std::chrono::microseconds after,
                          crex::Timeout limit = 5s) {
    for (int i = 0; i < 2; ++i) {
        const LateAlarm alarm{after};
        try {
            wait(limit);
        } catch (const crex::SignalError&) {
            return true;
        } catch (const crex::BusyError&) { // missed
        }
    }
    return false;
}

// Counts the signals that do not end the wait. They come in step with any period of 50 ms, each a
// little later than the one before.
int signals_missed_by(const Wait& wait) {
    const BusyProcesses load;
    int missed = 0;
    for (int i = 0; i < 40; ++i) {
        missed += is_ended_by_a_signal(wait, 49ms + i * 100us) ? 0 : 1;
    }
    return missed;
}

// A wait of each object, for something that never comes.
struct Objects {
    std::string name = unique_name();

    void for_each_wait(const std::function<void(const std::string&, const Wait&)>& body) const {
        for (const auto backend :
             {crex::Backend::robust, crex::Backend::boost, crex::Backend::posix}) {
            crex::MessageQueue queue{
                name, crex::O_CREX, {.max_messages = 1, .max_message_size = 8, .backend = backend}};
            queue.unlink();
            const std::string kind{to_string(backend)};
            body("receive, " + kind, [&](auto timeout) { (void)queue.receive(timeout); });
            queue.send("full");
            body("send, " + kind, [&](auto timeout) { queue.send("x", timeout); });
        }
        crex::Semaphore semaphore{name, crex::O_CREX};
        semaphore.unlink();
        body("Semaphore", [&](auto timeout) { semaphore.acquire(timeout); });
        crex::RobustSemaphore robust{name, crex::O_CREX};
        robust.unlink();
        robust.acquire(); // held, so that the holder matters
        body("RobustSemaphore", [&](auto timeout) { robust.acquire(timeout); });
        crex::Ring ring{name, crex::O_CREX, {.capacity = 4096}};
        ring.unlink();
        auto consumer = ring.consumer();
        body("Ring", [&](auto timeout) { (void)consumer.peek(timeout); });
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_wait_at_whatever_moment_it_comes, Objects) {
    for_each_wait([](const std::string& what, const Wait& wait) {
        BOOST_TEST_CONTEXT(what) { BOOST_TEST(signals_missed_by(wait) == 0); }
    });
}

BOOST_FIXTURE_TEST_CASE(a_signal_handler_with_sa_restart_does_not_end_a_timed_wait, Objects) {
    const Alarms alarms{SA_RESTART};
    for_each_wait([](const std::string& what, const Wait& wait) {
        BOOST_TEST_CONTEXT(what) {
            BOOST_TEST(
                (time_of([&] { BOOST_CHECK_THROW(wait(200ms), crex::BusyError); }) >= 200ms));
        }
    });
}

// Of two handlers, the one that was installed without SA_RESTART counts.
BOOST_FIXTURE_TEST_CASE(handler_without_sa_restart_is_told_from_one_with_it, Objects) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr); // never sent
    const Alarms alarms{SA_RESTART};
    for_each_wait([](const std::string& what, const Wait& wait) {
        BOOST_TEST_CONTEXT(what) { BOOST_CHECK_THROW(wait(100ms), crex::BusyError); }
    });
    signal(SIGUSR1, SIG_DFL);
}

// The system gives a signal to the first thread of a process if that thread does not block it, even
// if another thread would accept it too. Here the first thread waits.
BOOST_FIXTURE_TEST_CASE(a_signal_to_the_process_ends_the_wait_of_its_first_thread, Objects) {
    const std::jthread another{[](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::this_thread::sleep_for(5ms);
        }
    }};
    for_each_wait([](const std::string& what, const Wait& wait) {
        BOOST_TEST_CONTEXT(what) { BOOST_TEST(is_ended_by_a_signal(wait, 60ms)); }
    });
}

// A stop token is checked while the wait sleeps. That must not hide the signal.
BOOST_FIXTURE_TEST_CASE(signal_ends_a_wait_with_a_stop_token, Objects) {
    const std::stop_source source;
    const auto token = source.get_token();
    for_each_wait([&](const std::string& what, const Wait& wait) {
        BOOST_TEST_CONTEXT(what) { BOOST_TEST(is_ended_by_a_signal(wait, 60ms, {5s, token})); }
    });
}
