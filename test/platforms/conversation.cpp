// SPDX-License-Identifier: BSL-1.0

// Two processes use the same objects. It needs nothing but the library, so that it can be built
// where Boost.Test cannot:
//
//   conversation NAME ANSWERER   makes objects called NAME..., starts ANSWERER, this program, also
//                                built for the other width (32 or 64 bits), talks with it, kills
//                                it, and does so again
//   conversation NAME            is the answerer: does what the queue NAME-orders says

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <crex/crex.hpp>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto long_enough = 60s; // for each action of the other side
constexpr unsigned records = 2000;

void require(bool is_so, const std::string& what) {
    if (!is_so) {
        std::cerr << "not so: " << what << '\n';
        std::exit(1);
    }
}

// The objects that both sides open by name. The asker makes them.
struct Objects {
    explicit Objects(const std::string& its_name, int flags = 0)
        : name{its_name}, orders{name + "-orders", flags}, answers{name + "-answers", flags},
          permit{name + "-permit", flags}, ring{name + "-ring", flags, {.capacity = 4096}} {}

    void unlink() {
        orders.unlink();
        answers.unlink();
        permit.unlink();
        ring.unlink();
    }

    std::string name;
    crex::MessageQueue orders;
    crex::MessageQueue answers;
    crex::RobustSemaphore permit;
    crex::Ring ring;
};

std::string record(unsigned number) {
    return std::string(1 + number % 300, static_cast<char>(number));
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The answerer's actions. It stays until it is killed.

void answer(Objects& objects, std::string_view text) { objects.answers.send(text, long_enough); }

[[noreturn]] void wait_for_death() {
    for (;;) {
        pause();
    }
}

void answer_late(Objects& objects) {
    const auto begin = Clock::now();
    const bool received = objects.orders.try_receive_for(300ms).has_value();
    require(!received && Clock::now() - begin >= 300ms, "a receiver waits for 300 ms");
    answer(objects, "late");
}

void echo(Objects& objects) {
    const auto message = objects.orders.receive(long_enough);
    objects.answers.send(message.body, long_enough, message.priority);
}

void echo_in_place(Objects& objects) {
    auto lease = objects.orders.lease(long_enough);
    auto loan = objects.answers.loan(lease.bytes().size(), long_enough);
    std::copy(lease.bytes().begin(), lease.bytes().end(), loan.bytes().begin());
    loan.send(lease.priority());
    lease.ack();
}

void produce(Objects& objects) {
    auto producer = objects.ring.producer();
    for (unsigned i = 0; i < records; ++i) {
        producer.send(record(i), long_enough);
    }
    producer.close(); // so that the other side can have the role
    answer(objects, "produced");
}

void consume(Objects& objects) {
    auto consumer = objects.ring.consumer();
    for (unsigned i = 0; i < records; ++i) {
        require(consumer.receive(long_enough) == record(i), "a record arrives as it was sent");
    }
    consumer.close();
    answer(objects, "consumed");
}

// Takes everything that a process can hold, and waits.
[[noreturn]] void hold(Objects& objects) {
    const auto lease = objects.orders.lease(long_enough);
    const auto loan = objects.answers.loan(100, long_enough);
    objects.permit.acquire(long_enough);
    auto producer = objects.ring.producer();
    producer.send("last", long_enough);
    (void)producer.reserve(10);
    answer(objects, "holds");
    wait_for_death();
}

constexpr std::string_view hello = "hello";

crex::MessageQueueOptions small_queue(crex::Backend backend) {
    return {.max_messages = 2, .max_message_size = 64, .backend = backend};
}

void tell_width(Objects& objects) { answer(objects, std::to_string(8 * sizeof(void*))); }

// The answer is the error's text when the object cannot be opened.

void release_semaphore(Objects& objects) {
    try {
        crex::Semaphore{objects.name + "-semaphore"}.release();
        answer(objects, "done");
    } catch (const crex::Error& error) {
        answer(objects, error.what());
    }
}

void greet(Objects& objects, crex::Backend backend) {
    try {
        crex::MessageQueue{objects.name + "-greetings", 0, {.backend = backend}}.send(hello);
        answer(objects, "done");
    } catch (const crex::CorruptError& error) {
        answer(objects, error.what());
    }
}

void greet_by_boost(Objects& objects) { greet(objects, crex::Backend::boost); }
void greet_by_kernel(Objects& objects) { greet(objects, crex::Backend::posix); }

void write_memory(Objects& objects) {
    auto mapping = crex::SharedMemory{objects.name + "-memory"}.map();
    std::ranges::copy(std::as_bytes(std::span{hello}), mapping.bytes().begin());
    answer(objects, "done");
}

int answerer(const std::string& name) {
    const std::map<std::string, std::function<void(Objects&)>> orders{
        {"answer late", answer_late},
        {"echo", echo},
        {"echo in place", echo_in_place},
        {"produce", produce},
        {"consume", consume},
        {"hold", hold},
        {"tell width", tell_width},
        {"write memory", write_memory},
        {"release semaphore", release_semaphore},
        {"greet by boost", greet_by_boost},
        {"greet by kernel", greet_by_kernel}};
    Objects objects{name};
    for (;;) {
        orders.at(objects.orders.receive(long_enough).body)(objects);
    }
}

// The asker's actions.

class Answerer {
public:
    Answerer(const std::string& program, const std::string& name) {
        std::vector<std::string> words{program, name};
        char* arguments[] = {words[0].data(), words[1].data(), nullptr};
        require(posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments, environ) == 0,
                program + " starts");
    }
    void kill() const {
        require(::kill(pid_, SIGKILL) == 0, "the answerer can be killed");
        int status = 0;
        require(waitpid(pid_, &status, 0) == pid_ && WIFSIGNALED(status), "it lived until then");
    }

private:
    pid_t pid_ = 0;
};

void expect_answer(Objects& objects, std::string_view text) {
    require(objects.answers.receive(long_enough).body == text, std::string{text});
}

// The priorities are mixed, so that the queue, a lane at first, becomes an index. The other side
// adds the highest.
void check_priorities(Objects& objects) {
    for (unsigned i = 0; i < 8; ++i) {
        objects.answers.send(std::to_string(i), long_enough, i * 5 % 8);
    }
    objects.orders.send("echo", long_enough, 20);
    objects.orders.send("x", long_enough, 8);
    while (objects.answers.current_messages() < 9) {
        usleep(1000);
    }
    for (unsigned priority = 9; priority-- > 0;) {
        require(objects.answers.receive(long_enough).priority == priority,
                "messages keep priority");
    }
}

void check_places(Objects& objects) {
    auto loan = objects.orders.loan(5000, long_enough);
    const std::string text(5000, 'l');
    std::copy_n(reinterpret_cast<const std::byte*>(text.data()), text.size(), loan.bytes().begin());
    objects.orders.send("echo in place", long_enough, 9);
    loan.send(3);
    auto lease = objects.answers.lease(long_enough);
    require(text_of(lease.bytes()) == text && lease.priority() == 3,
            "a loan comes back as it went, not as " + text_of(lease.bytes()).substr(0, 20) +
                " of priority " + std::to_string(lease.priority()));
    lease.ack();
}

void check_ring(Objects& objects) {
    objects.orders.send("produce", long_enough);
    {
        auto consumer = objects.ring.consumer();
        for (unsigned i = 0; i < records; ++i) {
            require(consumer.receive(long_enough) == record(i), "a record arrives as it was sent");
        }
    }
    expect_answer(objects, "produced");
    objects.orders.send("consume", long_enough);
    auto producer = objects.ring.producer();
    for (unsigned i = 0; i < records; ++i) {
        producer.send(record(i), long_enough);
    }
    expect_answer(objects, "consumed");
}

void check_death(Objects& objects, const Answerer& answerer) {
    objects.orders.send("hold", long_enough);
    objects.orders.send("held", long_enough);
    expect_answer(objects, "holds");
    require(!objects.permit.try_acquire_for(100ms), "a permit that is held is not given out");
    require(objects.permit.holders().size() == 1, "its holder is known");
    require(!objects.ring.try_producer(), "a role that is held is not given out");
    answerer.kill();
    objects.permit.acquire(long_enough);
    require(objects.permit.previous_holder_died(), "the permit's holder is known to be dead");
    objects.permit.release();
    const auto lease = objects.orders.lease(long_enough);
    require(text_of(lease.bytes()) == "held" && lease.attempts() == 1,
            "its lease is given out again");
    require(objects.ring.consumer().receive(long_enough) == "last", "what it committed is there");
    require(objects.ring.try_producer().has_value(), "its role is free");
}

std::string ask(Objects& objects, std::string_view order) {
    objects.orders.send(order, long_enough);
    return objects.answers.receive(long_enough).body;
}

// What glibc and Boost lay out is shared by processes of one width.
bool is_refused_or_of_same_width(const std::string& its_answer, bool same_width) {
    const std::string problem = std::to_string(8 * sizeof(void*)) + "-bit programs";
    require(same_width ? its_answer == "done" : its_answer.find(problem) != its_answer.npos,
            "the width is noticed: " + its_answer);
    return !same_width;
}

void check_semaphore(Objects& objects, bool same_width) {
    crex::Semaphore semaphore{objects.name + "-semaphore", crex::O_CREX};
    if (!is_refused_or_of_same_width(ask(objects, "release semaphore"), same_width)) {
        semaphore.acquire(long_enough);
    }
    semaphore.unlink();
}

void check_boost_queue(Objects& objects, bool same_width) {
    crex::MessageQueue queue{objects.name + "-greetings", crex::O_CREX,
                             small_queue(crex::Backend::boost)};
    if (!is_refused_or_of_same_width(ask(objects, "greet by boost"), same_width)) {
        require(queue.receive(long_enough).body == hello, "Boost's queue has the message");
    }
    queue.unlink();
}

void check_kernel_queue(Objects& objects) {
    crex::MessageQueue queue{objects.name + "-greetings", crex::O_CREX,
                             small_queue(crex::Backend::posix)};
    require(ask(objects, "greet by kernel") == "done", "the kernel's queue can be opened");
    require(queue.receive(long_enough).body == hello, "the kernel's queue has the message");
    queue.unlink();
}

void check_memory(Objects& objects) {
    crex::SharedMemory memory{objects.name + "-memory", crex::O_CREX, {.size = 64}};
    const auto mapping = memory.map();
    require(ask(objects, "write memory") == "done", "the memory can be opened");
    require(text_of(mapping.bytes().first(hello.size())) == hello, "the memory has the bytes");
    memory.unlink();
}

void check_others(Objects& objects) {
    const bool same_width = ask(objects, "tell width") == std::to_string(8 * sizeof(void*));
    check_semaphore(objects, same_width);
    check_boost_queue(objects, same_width);
    check_kernel_queue(objects);
    check_memory(objects);
}

int asker(const std::string& name, const std::string& program) {
    Objects objects{name, crex::O_CREX};
    for (int round = 0; round < 2; ++round) {
        const Answerer answerer{program, name};
        objects.orders.send("answer late", long_enough);
        expect_answer(objects, "late");
        check_priorities(objects);
        check_places(objects);
        check_ring(objects);
        check_others(objects);
        check_death(objects, answerer);
        (void)objects.orders.receive(long_enough); // the lease gave the message back when it ended
    }
    objects.unlink();
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    return count == 3 ? asker(arguments[1], arguments[2]) : answerer(arguments[1]);
}
