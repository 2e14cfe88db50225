// SPDX-License-Identifier: BSL-1.0

// A second process that uses Boost.Interprocess directly and knows nothing of crex:
//
//   boost_peer VERB NAME ARGUMENT...

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>

#include "helpers/outcome.hpp"

namespace {

namespace bip = boost::interprocess;
using Arguments = std::vector<std::string>;

const char* name(const Arguments& arguments) { return arguments.at(0).c_str(); }

void say(const std::string& text) { std::cout << text << std::endl; }

int create_semaphore(const Arguments& arguments) {
    bip::named_semaphore{bip::create_only, name(arguments),
                         static_cast<unsigned>(std::stoul(arguments.at(1)))};
    return test::done;
}

int acquire(const Arguments& arguments) {
    return bip::named_semaphore{bip::open_only, name(arguments)}.try_wait() ? test::done : test::no;
}

int wait(const Arguments& arguments) {
    bip::named_semaphore semaphore{bip::open_only, name(arguments)};
    say("ready");
    semaphore.wait();
    return test::done;
}

int release(const Arguments& arguments) {
    bip::named_semaphore{bip::open_only, name(arguments)}.post();
    return test::done;
}

// NAME SIZE
int create_memory(const Arguments& arguments) {
    bip::shared_memory_object memory{bip::create_only, name(arguments), bip::read_write};
    memory.truncate(std::stol(arguments.at(1)));
    return test::done;
}

// NAME OFFSET BYTE
int write_byte(const Arguments& arguments) {
    const bip::shared_memory_object memory{bip::open_only, name(arguments), bip::read_write};
    const bip::mapped_region region{memory, bip::read_write};
    static_cast<char*>(region.get_address())[std::stol(arguments.at(1))] =
        static_cast<char>(std::stoi(arguments.at(2)));
    return test::done;
}

int check_byte(const Arguments& arguments) {
    const bip::shared_memory_object memory{bip::open_only, name(arguments), bip::read_only};
    const bip::mapped_region region{memory, bip::read_only};
    const char byte = static_cast<const char*>(region.get_address())[std::stol(arguments.at(1))];
    return byte == static_cast<char>(std::stoi(arguments.at(2))) ? test::done : test::no;
}

// NAME MAX_MESSAGES MAX_MESSAGE_SIZE
int create_queue(const Arguments& arguments) {
    bip::message_queue{bip::create_only, name(arguments), std::stoul(arguments.at(1)),
                       std::stoul(arguments.at(2))};
    return test::done;
}

// NAME BODY PRIORITY
int send(const Arguments& arguments) {
    bip::message_queue queue{bip::open_only, name(arguments)};
    say("ready");
    const std::string& body = arguments.at(1);
    queue.send(body.data(), body.size(), static_cast<unsigned>(std::stoul(arguments.at(2))));
    return test::done;
}

int receive(const Arguments& arguments) {
    bip::message_queue queue{bip::open_only, name(arguments)};
    say("ready");
    std::string body(queue.get_max_msg_size(), '\0');
    bip::message_queue::size_type size = 0;
    unsigned priority = 0;
    queue.receive(body.data(), body.size(), size, priority);
    say(body.substr(0, size) + " " + std::to_string(priority));
    return test::done;
}

using Header = bip::ipcdetail::mq_hdr_t<bip::offset_ptr<void>>;

Header& header_of(const bip::mapped_region& region) {
    constexpr std::size_t offset = 16; // the word that says "initialized", and padding
    return *reinterpret_cast<Header*>(static_cast<char*>(region.get_address()) + offset);
}

// Takes the queue's lock, as every call of Boost's does for a moment, and keeps it until SIGUSR1.
int lock_queue(const Arguments& arguments) {
    const bip::shared_memory_object memory{bip::open_only, name(arguments), bip::read_write};
    const bip::mapped_region region{memory, bip::read_write};
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGUSR1);
    sigprocmask(SIG_BLOCK, &awaited, nullptr);
    header_of(region).m_mutex.lock();
    say("ready");
    int number = 0;
    sigwait(&awaited, &number);
    header_of(region).m_mutex.unlock();
    return test::done;
}

// Makes the queue's lock a robust one, as Boost does from 1.78 on, with any version of Boost.
int make_lock_robust(const Arguments& arguments) {
    const bip::shared_memory_object memory{bip::open_only, name(arguments), bip::read_write};
    const bip::mapped_region region{memory, bip::read_write};
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    auto* const mutex = reinterpret_cast<pthread_mutex_t*>(&header_of(region).m_mutex);
    return pthread_mutex_init(mutex, &attributes) == 0 ? test::done : test::no;
}

const std::map<std::string, std::function<int(const Arguments&)>> verbs{
    {"create-semaphore", create_semaphore},
    {"acquire", acquire},
    {"wait", wait},
    {"release", release},
    {"create-memory", create_memory},
    {"write-byte", write_byte},
    {"check-byte", check_byte},
    {"create-queue", create_queue},
    {"send", send},
    {"receive", receive},
    {"lock-queue", lock_queue},
    {"make-lock-robust", make_lock_robust},
};

} // namespace

int main(int argc, char** argv) {
    const auto verb = verbs.find(argc > 2 ? argv[1] : "");
    if (verb == verbs.end()) {
        return test::usage;
    }
    try {
        return verb->second({argv + 2, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return test::other_error;
    }
}
