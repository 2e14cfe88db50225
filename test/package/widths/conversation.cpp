// SPDX-License-Identifier: BSL-1.0

// Two processes, one of 32 bits and one of 64, use the same objects:
//
//   conversation NAME ANSWERER   makes objects called NAME..., starts ANSWERER, this program built
//                                for the other width, talks with it, kills it, and does so again
//   conversation NAME            is the answerer: does what the queue NAME-orders says

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>
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
    explicit Objects(const std::string& name, int flags = 0)
        : orders{name + "-orders", flags}, answers{name + "-answers", flags},
          permit{name + "-permit", flags}, ring{name + "-ring", flags, {.capacity = 4096}} {}

    void unlink() {
        orders.unlink();
        answers.unlink();
        permit.unlink();
        ring.unlink();
    }

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

int answerer(const std::string& name) {
    const std::map<std::string, std::function<void(Objects&)>> orders{
        {"answer late", answer_late}, {"echo", echo},       {"echo in place", echo_in_place},
        {"produce", produce},         {"consume", consume}, {"hold", hold}};
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

int asker(const std::string& name, const std::string& program) {
    Objects objects{name, crex::O_CREX};
    for (int round = 0; round < 2; ++round) {
        const Answerer answerer{program, name};
        objects.orders.send("answer late", long_enough);
        expect_answer(objects, "late");
        check_priorities(objects);
        check_places(objects);
        check_ring(objects);
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
