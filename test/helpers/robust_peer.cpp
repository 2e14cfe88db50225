// SPDX-License-Identifier: BSL-1.0

// A second process that uses features of the robust backend only:  robust_peer VERB QUEUE
// ARGUMENT...
//
// Verbs that may wait print "ready" first; the exit code is an Outcome.

#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/verbs.hpp"
#include "postgres/server.hpp"

namespace {

using namespace std::chrono_literals;
using test::Arguments;
using test::number;
using test::pause_for_ever;
using test::say_ready;
using test::timeout;

crex::MessageQueue queue(const Arguments& arguments) {
    return crex::MessageQueue{arguments.at(0), 0, {.at = test::postgres_server()}};
}

// For a process that ends properly on request.
void wait_for_interrupt() {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
    say_ready();
    int which = 0;
    sigwait(&interrupt, &which);
}

void say(const crex::Lease& lease) {
    const std::string body{reinterpret_cast<const char*>(lease.bytes().data()),
                           lease.bytes().size()};
    std::cout << body << " " << lease.priority() << " " << lease.attempts() << std::endl;
}

// [MS]
int lease(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    auto leased = opened.lease(timeout(arguments, 1));
    say(leased);
    leased.ack();
    return test::done;
}

int nack(const Arguments& arguments) {
    queue(arguments).lease(0s).nack();
    return test::done;
}

int hold_lease(const Arguments& arguments) {
    const auto leased = queue(arguments).lease();
    say(leased);
    pause_for_ever();
}

// COUNT
int hold_loans(const Arguments& arguments) {
    auto opened = queue(arguments);
    std::vector<crex::Loan> loans;
    for (unsigned i = 0; i < number(arguments, 1, 1); ++i) {
        loans.push_back(opened.loan(1));
    }
    say_ready();
    pause_for_ever();
}

// BODY [MS]
int loan(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    const std::string& body = arguments.at(1);
    auto room = opened.loan(body.size(), timeout(arguments, 2));
    std::memcpy(room.bytes().data(), body.data(), body.size());
    room.send();
    return test::done;
}

// COUNT: until interrupted.
int hold_handles(const Arguments& arguments) {
    std::vector<crex::MessageQueue> handles;
    for (unsigned i = 0; i < number(arguments, 1, 1); ++i) {
        handles.push_back(queue(arguments));
    }
    wait_for_interrupt();
    return test::done;
}

// Until interrupted.
int create_until_unused(const Arguments& arguments) {
    crex::MessageQueue created{
        arguments.at(0),
        crex::O_CREX,
        {.lifetime = crex::Lifetime::until_unused, .at = test::postgres_server()}};
    created.send("mark");
    wait_for_interrupt();
    return test::done;
}

int shut_down(const Arguments& arguments) {
    queue(arguments).shutdown();
    return test::done;
}

int is_shut_down(const Arguments& arguments) {
    return queue(arguments).is_shut_down() ? test::done : test::no;
}

// Receives until the queue is shut down and empty; prints the messages.
int drain(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    try {
        for (;;) {
            std::cout << opened.receive().body << std::endl;
        }
    } catch (const crex::ShutdownError&) {
        return test::done;
    }
}

// COUNT PREFIX PRIORITIES: messages "PREFIX PRIORITY NUMBER". Stretches of one priority alternate
// with stretches of many, so that the queue changes between lane and index.
int produce(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    constexpr unsigned stretch = 100;
    for (unsigned i = 0; i < number(arguments, 1, 1); ++i) {
        const unsigned random = (i * 2'654'435'761U) >> 16;
        const unsigned priority = i / stretch % 2 == 0 ? 0 : random % number(arguments, 3, 1);
        opened.send(arguments.at(2) + " " + std::to_string(priority) + " " + std::to_string(i), {},
                    priority);
    }
    return test::done;
}

// PRIORITIES: sends and receives, by copy and in place, again and again.
int churn(const Arguments& arguments) {
    auto opened = queue(arguments);
    const unsigned priorities = number(arguments, 1, 1);
    say_ready();
    for (unsigned i = 0;; ++i) {
        if (i % 8 == 0) {
            if (auto room = opened.try_loan(8)) {
                std::memcpy(room->bytes().data(), "in place", 8);
                room->send(i % priorities);
            }
            if (auto leased = opened.try_lease()) {
                leased->ack();
            }
        } else if (opened.try_send("churning", i % priorities)) {
            (void)opened.try_receive();
        }
    }
}

// A child that does not use the inherited queue; it ends by itself in the end.
[[noreturn]] void live_on() {
    alarm(60);
    pause_for_ever();
}

// [raw]: holds a lease and has a child that lives on; prints the child's process ID. A raw child is
// made without the C library, as some run-time systems do.
int lease_and_fork(const Arguments& arguments) {
    const auto leased = queue(arguments).lease();
    if (leased.bytes().empty()) {
        return test::no;
    }
    const bool raw = arguments.size() > 1 && arguments[1] == "raw";
    const auto child = raw ? static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) : fork();
    if (child == 0) {
        live_on();
    }
    std::cout << child << std::endl;
    pause_for_ever();
}

const test::Verbs verbs{
    {"lease", lease},
    {"nack", nack},
    {"hold-lease", hold_lease},
    {"hold-loans", hold_loans},
    {"loan", loan},
    {"hold-handles", hold_handles},
    {"create-until-unused", create_until_unused},
    {"shut-down", shut_down},
    {"is-shut-down", is_shut_down},
    {"drain", drain},
    {"produce", produce},
    {"churn", churn},
    {"lease-and-fork", lease_and_fork},
};

} // namespace

int main(int argc, char** argv) { return test::run(verbs, {argv + 1, argv + argc}); }
