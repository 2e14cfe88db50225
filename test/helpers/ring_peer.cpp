// SPDX-License-Identifier: BSL-1.0

// A second process that uses a ring:  ring_peer VERB RING ARGUMENT...
//
// Verbs that may wait, or be killed, print "ready" first; the exit code is an Outcome.

#include <array>
#include <iostream>
#include <string>

#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/verbs.hpp"

namespace {

using test::Arguments;
using test::number;
using test::pause_for_ever;
using test::say_ready;

crex::Ring ring(const Arguments& arguments) { return crex::Ring{arguments.at(0), 0, {.spin = 0}}; }

int hold_producer(const Arguments& arguments) {
    const auto out = ring(arguments).producer();
    say_ready();
    pause_for_ever();
}

int hold_consumer(const Arguments& arguments) {
    const auto in = ring(arguments).consumer();
    say_ready();
    pause_for_ever();
}

// Has a child that lives on; prints its process ID.
int hold_producer_and_fork(const Arguments& arguments) {
    const auto out = ring(arguments).producer();
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        pause_for_ever();
    }
    std::cout << child << std::endl;
    pause_for_ever();
}

// COUNT: sends that many numbers and reserves the next one.
int send_and_reserve(const Arguments& arguments) {
    auto out = ring(arguments).producer();
    for (unsigned i = 0; i < number(arguments, 1, 1); ++i) {
        out.send(std::to_string(i));
    }
    for (int i = 0; i < 3; ++i) {
        const auto room = out.reserve(100);
        room.front() = std::byte{'?'};
    }
    say_ready();
    pause_for_ever();
}

// COUNT: receives that many records and peeks at the remaining ones.
int receive_and_peek(const Arguments& arguments) {
    auto in = ring(arguments).consumer();
    for (unsigned i = 0; i < number(arguments, 1, 1); ++i) {
        (void)in.receive();
    }
    std::array<crex::RingConsumer::Record, 8> records;
    (void)in.peek_many(records);
    say_ready();
    pause_for_ever();
}

// RECORD
int send(const Arguments& arguments) {
    auto out = ring(arguments).producer();
    say_ready();
    out.send(arguments.at(1));
    return test::done;
}

int receive(const Arguments& arguments) {
    auto in = ring(arguments).consumer();
    say_ready();
    std::cout << in.receive() << std::endl;
    return test::done;
}

const test::Verbs verbs{
    {"hold-producer", hold_producer},
    {"hold-consumer", hold_consumer},
    {"hold-producer-and-fork", hold_producer_and_fork},
    {"send-and-reserve", send_and_reserve},
    {"receive-and-peek", receive_and_peek},
    {"send", send},
    {"receive", receive},
};

} // namespace

int main(int argc, char** argv) { return test::run(verbs, {argv + 1, argv + argc}); }
