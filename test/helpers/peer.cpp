// SPDX-License-Identifier: BSL-1.0

// A second process that uses crex:  peer VERB ARGUMENT...
//
// Verbs that may wait print "ready" first; the exit code is an Outcome.

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/ordinary_user.hpp"
#include "helpers/verbs.hpp"
#include "postgres/server.hpp"

namespace {

using test::Arguments;
using test::pause_for_ever;
using test::say_ready;
using test::timeout;

crex::Backend backend(const std::string& name) {
    for (const auto each : {crex::Backend::boost, crex::Backend::posix, crex::Backend::robust}) {
        if (name == to_string(each)) {
            return each;
        }
    }
    if (name == to_string(crex::Backend::remote)) {
        return crex::Backend::remote;
    }
    throw std::invalid_argument{"there is no backend called " + name};
}

// The server that the test uses, for its objects.
crex::Server* server(const std::string& backend_name) {
    return backend_name == to_string(crex::Backend::remote) ? test::postgres_server() : nullptr;
}

crex::MessageQueue queue(const Arguments& arguments) {
    const std::string& its = arguments.at(0);
    return crex::MessageQueue{arguments.at(1), 0, {.backend = backend(its), .at = server(its)}};
}

template <class Semaphore> Semaphore semaphore(const std::string& name) {
    if constexpr (std::is_same_v<Semaphore, crex::RobustSemaphore>) {
        return Semaphore{name, 0, {.at = test::postgres_server()}};
    } else {
        return Semaphore{name};
    }
}

template <class Semaphore> int acquire(const Arguments& arguments) {
    auto its = semaphore<Semaphore>(arguments.at(0));
    say_ready();
    its.acquire(timeout(arguments, 1));
    return test::done;
}

template <class Semaphore> int release(const Arguments& arguments) {
    semaphore<Semaphore>(arguments.at(0)).release();
    return test::done;
}

// NAME [COUNT]
template <class Semaphore> int hold(const Arguments& arguments) {
    auto its = semaphore<Semaphore>(arguments.at(0));
    for (unsigned i = 0; i < test::number(arguments, 1, 1); ++i) {
        its.acquire();
    }
    say_ready();
    pause_for_ever();
}

template <class Semaphore> int open_semaphore(const Arguments& arguments) {
    const auto opened = semaphore<Semaphore>(arguments.at(0));
    return test::done;
}

int open_memory(const Arguments& arguments) {
    const crex::SharedMemory memory{arguments.at(0)};
    return test::done;
}

int open_queue(const Arguments& arguments) {
    const auto opened = queue(arguments);
    return test::done;
}

int open_ring(const Arguments& arguments) {
    const crex::Ring ring{arguments.at(0)};
    return test::done;
}

// NAME OFFSET BYTE
int write_byte(const Arguments& arguments) {
    auto view = crex::SharedMemory{arguments.at(0)}.map();
    view.bytes()[std::stoul(arguments.at(1))] = static_cast<std::byte>(std::stoi(arguments.at(2)));
    return test::done;
}

int check_byte(const Arguments& arguments) {
    const auto view = crex::SharedMemory{arguments.at(0), 0, {.read_only = true}}.map();
    const auto byte = view.bytes()[std::stoul(arguments.at(1))];
    return byte == static_cast<std::byte>(std::stoi(arguments.at(2))) ? test::done : test::no;
}

int map_and_pause(const Arguments& arguments) {
    const auto view = crex::SharedMemory{arguments.at(0)}.map();
    say_ready();
    pause_for_ever();
}

// Must be started with standard input closed, so that the memory gets descriptor 0.
int use_descriptor_zero(const Arguments& arguments) {
    close(STDIN_FILENO);
    crex::SharedMemory memory{arguments.at(0)};
    if (memory.fd() != 0 || memory.map().size() == 0) {
        return test::no;
    }
    memory.close_fd();
    return memory.fd() == -1 ? test::done : test::no;
}

// BACKEND NAME MAX_MESSAGES
int create_queue(const Arguments& arguments) {
    const crex::MessageQueue created{
        arguments.at(1),
        crex::O_CREX,
        {.max_messages = std::stoul(arguments.at(2)), .backend = backend(arguments.at(0))}};
    return test::done;
}

// BACKEND NAME: creates and unlinks the queue again and again.
int create_for_ever(const Arguments& arguments) {
    const crex::MessageQueueOptions options{.backend = backend(arguments.at(0))};
    say_ready();
    for (;;) {
        crex::MessageQueue{arguments.at(1), crex::O_CREX, options}.unlink();
    }
}

// BACKEND NAME [SIZE]: sends and receives again and again.
int churn(const Arguments& arguments) {
    auto opened = queue(arguments);
    const std::string body(arguments.size() > 2 ? std::stoul(arguments[2]) : 8, 'x');
    say_ready();
    for (unsigned i = 0;; ++i) {
        if (opened.try_send(body, i % 3)) {
            (void)opened.try_receive();
        }
    }
}

// BACKEND NAME BODY PRIORITY [MS]
int send(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    opened.send(arguments.at(2), timeout(arguments, 4),
                static_cast<unsigned>(std::stoul(arguments.at(3))));
    return test::done;
}

// BACKEND NAME COUNT PREFIX: as many messages as COUNT says, PREFIX0, PREFIX1, ...
int send_many(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    for (int i = 0; i < std::stoi(arguments.at(2)); ++i) {
        opened.send(arguments.at(3) + std::to_string(i));
    }
    return test::done;
}

// BACKEND NAME [MS]
int receive(const Arguments& arguments) {
    auto opened = queue(arguments);
    say_ready();
    const auto [body, priority] = opened.receive(timeout(arguments, 2));
    std::cout << body << " " << priority << std::endl;
    return test::done;
}

// BACKEND NAME: requests a notification; it never needs to arrive.
int ask(const Arguments& arguments) {
    auto opened = queue(arguments);
    opened.request_notification([] {});
    say_ready();
    pause_for_ever();
}

int ask_briefly(const Arguments& arguments) {
    queue(arguments).request_notification([] {});
    return test::done;
}

// BACKEND NAME: receives each notified message and requests again, forever.
int serve(const Arguments& arguments) {
    auto opened = queue(arguments);
    const std::function<void()> serve_once = [&] {
        opened.request_notification(serve_once);
        while (opened.try_receive()) {
        }
    };
    serve_once();
    say_ready();
    pause_for_ever();
}

// PROGRAM ARGUMENT...: becomes that program; useful after "as-nobody".
int become(const Arguments& arguments) {
    std::vector<char*> argv;
    for (const auto& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    execv(arguments.at(0).c_str(), argv.data());
    return test::no;
}

const test::Verbs verbs{
    {"acquire", acquire<crex::Semaphore>},
    {"release", release<crex::Semaphore>},
    {"hold", hold<crex::Semaphore>},
    {"open-semaphore", open_semaphore<crex::Semaphore>},
    {"robust-acquire", acquire<crex::RobustSemaphore>},
    {"robust-release", release<crex::RobustSemaphore>},
    {"robust-hold", hold<crex::RobustSemaphore>},
    {"robust-open-semaphore", open_semaphore<crex::RobustSemaphore>},
    {"open-memory", open_memory},
    {"open-queue", open_queue},
    {"open-ring", open_ring},
    {"write-byte", write_byte},
    {"check-byte", check_byte},
    {"map-and-pause", map_and_pause},
    {"use-descriptor-zero", use_descriptor_zero},
    {"create-queue", create_queue},
    {"create-for-ever", create_for_ever},
    {"churn", churn},
    {"send", send},
    {"send-many", send_many},
    {"receive", receive},
    {"ask", ask},
    {"ask-briefly", ask_briefly},
    {"serve", serve},
    {"become", become},
};

} // namespace

int main(int argc, char** argv) {
    Arguments arguments{argv + 1, argv + argc};
    if (!arguments.empty() && arguments.front() == "as-nobody") {
        if (!test::become_ordinary_user()) {
            return test::usage;
        }
        arguments.erase(arguments.begin());
    }
    return test::run(verbs, arguments);
}
