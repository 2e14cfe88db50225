// SPDX-License-Identifier: BSL-1.0

// What pairs of calls cost one process in C++, in nanoseconds a pair:
//
//     languages_cpp semaphore|robust|queue|loan|ring PAIRS
//
// in_c.c and in_python.py make the same calls; languages.py compares them.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include <crex/crex.hpp>

namespace {

std::array<std::byte, 64> message{};

constexpr int bursts = 100;

// Prints what a pair takes in the best burst: none that another program has interrupted.
template <class Pair> void run(long pairs, Pair pair) {
    const long of_burst = pairs / bursts;
    auto best = std::chrono::steady_clock::duration::max();
    for (int burst = 0; burst < bursts; ++burst) {
        const auto began = std::chrono::steady_clock::now();
        for (long i = 0; i < of_burst; ++i) {
            pair();
        }
        best = std::min(best, std::chrono::steady_clock::now() - began);
    }
    const std::chrono::duration<double, std::nano> time = best;
    std::printf("%.2f\n", time.count() / static_cast<double>(of_burst));
}

template <class Object> Object unnamed(const auto& options) {
    Object object{std::nullopt, crex::O_CREX, options};
    object.unlink();
    return object;
}

crex::MessageQueue queue() {
    return unnamed<crex::MessageQueue>(
        crex::MessageQueueOptions{.max_message_size = message.size()});
}

void run_semaphore(long pairs) {
    auto semaphore = unnamed<crex::Semaphore>(crex::SemaphoreOptions{.initial_value = 1});
    run(pairs, [&] {
        semaphore.acquire();
        semaphore.release();
    });
}

void run_robust(long pairs) {
    auto semaphore = unnamed<crex::RobustSemaphore>(crex::RobustSemaphoreOptions{});
    run(pairs, [&] {
        semaphore.acquire();
        semaphore.release();
    });
}

void run_queue(long pairs) {
    auto its_queue = queue();
    run(pairs, [&] {
        its_queue.send(message);
        (void)its_queue.receive_into(message);
    });
}

void run_loan(long pairs) {
    auto its_queue = queue();
    run(pairs, [&] {
        auto loan = its_queue.loan(message.size());
        std::memcpy(loan.bytes().data(), message.data(), message.size());
        loan.send();
        auto lease = its_queue.lease();
        std::memcpy(message.data(), lease.bytes().data(), message.size());
        lease.ack();
    });
}

void run_ring(long pairs) {
    auto ring = unnamed<crex::Ring>(crex::RingOptions{});
    auto producer = ring.producer();
    auto consumer = ring.consumer();
    run(pairs, [&] {
        producer.send(message);
        (void)consumer.receive_into(message);
    });
}

struct Case {
    std::string_view name;
    void (*run)(long pairs);
};

constexpr std::array cases{Case{"semaphore", run_semaphore}, Case{"robust", run_robust},
                           Case{"queue", run_queue}, Case{"loan", run_loan},
                           Case{"ring", run_ring}};

} // namespace

int main(int count, char** arguments) {
    try {
        const long pairs = count == 3 ? std::atol(arguments[2]) : 0;
        for (const Case& each : cases) {
            if (pairs >= bursts && each.name == arguments[1]) {
                each.run(pairs);
                return 0;
            }
        }
        std::fputs("usage: languages_cpp semaphore|robust|queue|loan|ring PAIRS\n", stderr);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "languages_cpp: %s\n", error.what());
        return 1;
    }
}
