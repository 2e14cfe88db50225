// SPDX-License-Identifier: BSL-1.0

// A second process that uses crex's System V objects:  sysv_peer VERB KEY ARGUMENT...
//
// Verbs that may wait print "ready" first; the exit code is an Outcome.

#include <array>
#include <iostream>
#include <string>

#include <crex/sysv.hpp>

#include "helpers/verbs.hpp"

namespace {

namespace sysv = crex::sysv;
using test::Arguments;
using test::pause_for_ever;
using test::say_ready;
using test::timeout;

std::int32_t key(const Arguments& arguments) { return std::stoi(arguments.at(0)); }

// KEY [MS]
int acquire(const Arguments& arguments) {
    sysv::Semaphore semaphore{key(arguments)};
    say_ready();
    semaphore.acquire(timeout(arguments, 1));
    return test::done;
}

int acquire_with_undo(const Arguments& arguments) {
    sysv::Semaphore semaphore{key(arguments), 0, {.undo = true}};
    say_ready();
    semaphore.acquire();
    return test::done;
}

int release(const Arguments& arguments) {
    sysv::Semaphore{key(arguments)}.release();
    return test::done;
}

// KEY N: holds this many permits, with undo.
int hold(const Arguments& arguments) {
    sysv::Semaphore semaphore{key(arguments), 0, {.undo = true}};
    semaphore.acquire({}, test::number(arguments, 1, 1));
    say_ready();
    pause_for_ever();
}

int wait_for_zero(const Arguments& arguments) {
    sysv::Semaphore semaphore{key(arguments)};
    say_ready();
    semaphore.wait_for_zero();
    return test::done;
}

// KEY VALUE: creates the semaphore, or opens it and expects this value, as if it had always
// existed.
int open_or_create(const Arguments& arguments) {
    const unsigned value = test::number(arguments, 1, 0);
    const sysv::Semaphore semaphore{key(arguments), crex::o_creat, {.initial_value = value}};
    return semaphore.value() == value ? test::done : test::no;
}

// KEY: moves one permit from the first semaphore of a set to the second and back, forever.
int move_to_and_fro(const Arguments& arguments) {
    sysv::SemaphoreSet set{key(arguments)};
    say_ready();
    for (;;) {
        set.operate({{.number = 0, .amount = -1}, {.number = 1, .amount = 1}});
        set.operate({{.number = 1, .amount = -1}, {.number = 0, .amount = 1}});
    }
}

// KEY OFFSET BYTE
int write_byte(const Arguments& arguments) {
    auto view = sysv::SharedMemory{key(arguments)}.attach();
    view.bytes()[std::stoul(arguments.at(1))] = static_cast<std::byte>(std::stoi(arguments.at(2)));
    return test::done;
}

int attach_and_pause(const Arguments& arguments) {
    const auto view = sysv::SharedMemory{key(arguments)}.attach();
    say_ready();
    pause_for_ever();
}

// KEY BODY TYPE
int send(const Arguments& arguments) {
    sysv::MessageQueue queue{key(arguments)};
    say_ready();
    queue.send(arguments.at(1), {}, std::stol(arguments.at(2)));
    return test::done;
}

// KEY TYPE [MS]
int receive(const Arguments& arguments) {
    sysv::MessageQueue queue{key(arguments)};
    say_ready();
    const auto [body, type] = queue.receive(timeout(arguments, 2), std::stol(arguments.at(1)));
    std::cout << body << " " << type << std::endl;
    return test::done;
}

const test::Verbs verbs{
    {"acquire", acquire},
    {"acquire-with-undo", acquire_with_undo},
    {"release", release},
    {"hold", hold},
    {"wait-for-zero", wait_for_zero},
    {"open-or-create", open_or_create},
    {"move-to-and-fro", move_to_and_fro},
    {"write-byte", write_byte},
    {"attach-and-pause", attach_and_pause},
    {"send", send},
    {"receive", receive},
};

} // namespace

int main(int argc, char** argv) { return test::run(verbs, {argv + 1, argv + argc}); }
