// SPDX-License-Identifier: BSL-1.0

// What the facade costs: one uncontended acquire and release, on crex, on the sem_t below it and
// on Boost's named_semaphore between the two. Benchmarks are called SUITE/CASE/SUBJECT.

#include <chrono>

#include <semaphore.h>
#include <sys/mman.h>

#include <benchmark/benchmark.h>
#include <boost/interprocess/sync/named_semaphore.hpp>

#include <crex/crex.hpp>

namespace {

namespace bip = boost::interprocess;

// One semaphore for all three, so that they work on the same kind of memory.
class One {
public:
    ~One() { semaphore.unlink(); }

    crex::Semaphore semaphore{std::nullopt, crex::O_CREX, {.initial_value = 1}};
};

void with_crex(benchmark::State& state) {
    One one;
    for ([[maybe_unused]] auto _ : state) {
        one.semaphore.acquire();
        one.semaphore.release();
    }
}

void with_crex_scoped_lock(benchmark::State& state) {
    One one;
    for ([[maybe_unused]] auto _ : state) {
        one.semaphore.lock();
        one.semaphore.unlock();
    }
}

void with_boost(benchmark::State& state) {
    One one;
    bip::named_semaphore semaphore{bip::open_only, one.semaphore.name().c_str()};
    for ([[maybe_unused]] auto _ : state) {
        semaphore.wait();
        semaphore.post();
    }
}

void with_sem_t(benchmark::State& state) {
    One one;
    sem_t* const semaphore = sem_open(one.semaphore.name().c_str(), 0);
    for ([[maybe_unused]] auto _ : state) {
        sem_wait(semaphore);
        sem_post(semaphore);
    }
    sem_close(semaphore);
}

BENCHMARK(with_sem_t)->Name("semaphore/acquire+release/sem_t");
BENCHMARK(with_boost)->Name("semaphore/acquire+release/boost");
BENCHMARK(with_crex)->Name("semaphore/acquire+release/crex");
BENCHMARK(with_crex_scoped_lock)->Name("semaphore/acquire+release/crex lock()");

} // namespace

BENCHMARK_MAIN();
