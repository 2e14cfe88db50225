// SPDX-License-Identifier: BSL-1.0

// Signals that ask crex to end do so, wherever crex runs and whatever it waits for.

#include <fstream>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shell.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

struct Robust : Shell {
    Robust() {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none); // SIGQUIT is among the signals
    }

    // A worker that goes on whether or not its command succeeds.
    [[nodiscard]] std::vector<std::string> worker(const std::string& command) const {
        return {"mq", "recv", name, "--follow", "--keep-going", "--exec", command};
    }

    // Takes the only message and returns its number of attempts.
    unsigned attempts() {
        auto lease = queue.try_lease();
        BOOST_TEST_REQUIRE(lease.has_value());
        const unsigned attempts = lease->attempts();
        lease->ack();
        return attempts;
    }

    crex::MessageQueue queue{name, crex::O_CREX};
};

constexpr auto ending = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

bool is_gone(pid_t pid) { return state_of(pid) == '?' || state_of(pid) == 'Z'; }

// For one second, the command counts the signals that it gets. Then it prints the number.
const std::string counting = "n=0; trap 'n=$((n+1))' TERM; echo ready; "
                             "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done; echo $n; exit 1";

// Runs `words` as the leader of a session and of a process group.
Process start_leader(std::vector<std::string> words) {
    return Process{"/usr/bin/setsid", std::move(words)};
}

std::vector<std::string> operator+(std::vector<std::string> words,
                                   const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// crex as the first process (number 1) of a container.
class First {
public:
    explicit First(const std::vector<std::string>& words)
        : outside_{"/usr/bin/unshare",
                   std::vector<std::string>{"--pid", "--fork", "--kill-child", CREX_TEST_COMMAND} +
                       words} {}

    void signal_when_asleep(int signal) {
        const std::string pid = std::to_string(outside_.pid());
        pid_t first = 0;
        BOOST_TEST_REQUIRE(eventually([&] {
            std::ifstream{"/proc/" + pid + "/task/" + pid + "/children"} >> first;
            std::string name;
            std::getline(std::ifstream{"/proc/" + std::to_string(first) + "/comm"}, name);
            return name == "crex";
        }));
        wait_until_asleep(first);
        ::kill(first, signal);
    }

    std::string read_line() { return outside_.read_line(); }
    int wait() { return outside_.wait(); }

private:
    Process outside_;
};

bool can_be_first() {
    if (::geteuid() != 0) {
        skip("only root has a namespace of processes of its own");
    }
    return ::geteuid() == 0;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(signal_ends_a_busy_worker_and_the_message_goes_back_untried, Robust) {
    for (const int signal : ending) {
        BOOST_TEST_CONTEXT(signal) {
            queue.send("hi");
            auto crex = start_crex(worker("echo $$; exec sleep 1000"));
            const pid_t command = pid_in(crex.read_line());
            crex.signal(signal);
            BOOST_TEST(crex.wait() == -signal); // a shell reports 128 plus the number
            BOOST_TEST(is_gone(command));
            BOOST_TEST(attempts() == 0U);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(signal_ends_a_worker_that_waits, Robust) {
    for (const int signal : ending) {
        auto crex = start_crex(worker("cat"));
        queue.send("hi\n");
        BOOST_TEST(crex.read_line() == "hi");
        crex.signal(signal);
        BOOST_TEST(crex.wait() == -signal);
    }
}

BOOST_FIXTURE_TEST_CASE(worker_acknowledges_what_its_command_finishes_after_the_signal, Robust) {
    queue.send("hi");
    auto crex = start_crex(worker("trap 'exit 0' TERM; echo; while :; do sleep 0.01; done"));
    crex.read_line();
    crex.signal(SIGTERM);
    BOOST_TEST(crex.wait() == -SIGTERM);
    BOOST_TEST(!queue.try_lease());
}

BOOST_FIXTURE_TEST_CASE(ignored_signal_ends_no_worker, Robust) {
    queue.send("hi");
    auto crex = start("trap '' HUP; exec crex mq recv $N --exec 'echo; sleep 0.3'");
    crex.read_line();
    crex.signal(SIGHUP);
    BOOST_TEST(crex.wait() == 0);
    BOOST_TEST(!queue.try_lease());
}

BOOST_FIXTURE_TEST_CASE(signal_to_crex_alone_reaches_the_command_once, Robust) {
    queue.send("hi");
    auto crex = start_crex(worker(counting));
    BOOST_TEST(crex.read_line() == "ready");
    crex.signal(SIGTERM);
    BOOST_TEST(crex.read_line() == "1");
    BOOST_TEST(crex.wait() == -SIGTERM);
    BOOST_TEST(attempts() == 0U);
}

BOOST_FIXTURE_TEST_CASE(signal_to_the_process_group_reaches_the_command_once, Robust) {
    queue.send("hi");
    const std::vector<std::string> path{CREX_TEST_COMMAND};
    for (const auto& words : {worker(counting), std::vector<std::string>{"sem", "run", name, "--",
                                                                         "sh", "-c", counting}}) {
        auto crex = start_leader(path + words);
        BOOST_TEST(crex.read_line() == "ready");
        ::kill(-crex.pid(), SIGTERM);
        BOOST_TEST(crex.read_line() == "1");
        BOOST_TEST(crex.wait() != 0);
    }
    BOOST_TEST(attempts() == 0U);
}

// timeout(1) sends the signal to crex and then to the group, when its time is over.
BOOST_FIXTURE_TEST_CASE(timeout_reaches_the_command_once_and_ends_crex, Robust) {
    queue.send("hi");
    auto timeout = Process{"/usr/bin/timeout",
                           std::vector<std::string>{"60", CREX_TEST_COMMAND} + worker(counting)};
    BOOST_TEST(timeout.read_line() == "ready");
    timeout.signal(SIGALRM); // which its timer sends
    BOOST_TEST(timeout.read_line() == "1");
    BOOST_TEST(timeout.wait() == 124);
    BOOST_TEST(attempts() == 0U);
}

BOOST_FIXTURE_TEST_CASE(first_process_of_a_container_ends_at_each_signal, Robust) {
    if (!can_be_first()) {
        return;
    }
    const crex::Semaphore semaphore{name, crex::O_CREX};
    const crex::RobustSemaphore taken{name, crex::O_CREX, {.initial_value = 0}};
    const crex::Ring ring{name, crex::O_CREX};
    const std::vector<std::vector<std::string>> waits{
        {"mq", "recv", name},
        {"mq", "recv", name, "--exec", "true"},
        {"sem", "acquire", "sem:" + name},
        {"sem", "wait", "sem:" + name},
        {"sem", "run", name, "--", "true"},
        {"ring", "get", name},
        {"watch", "crex-mq:" + name, "--until", "gone"},
    };
    for (const auto& words : waits) {
        for (const int signal : ending) {
            BOOST_TEST_CONTEXT(words[0] << ' ' << words[1] << ' ' << signal) {
                First crex{words};
                crex.signal_when_asleep(signal);
                BOOST_TEST(crex.wait() == 128 + signal);
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(first_process_of_a_container_ends_with_its_command, Robust) {
    if (!can_be_first()) {
        return;
    }
    queue.send("hi");
    First crex{worker("echo; exec sleep 1000")};
    crex.read_line();
    crex.signal_when_asleep(SIGTERM);
    BOOST_TEST(crex.wait() == 128 + SIGTERM);
    BOOST_TEST(attempts() == 0U);
}
