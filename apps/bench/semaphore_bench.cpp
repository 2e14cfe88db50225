// SPDX-License-Identifier: BSL-1.0

// What the facade costs: one uncontended acquire and release, on crex, on the sem_t below it and on
// Boost's named_semaphore between the two. Also measured are System V's semaphores, which need a
// system call each time, and a permit that comes back when its holder dies. Benchmarks are called
// SUITE/CASE/SUBJECT.

#include <chrono>

#include <semaphore.h>
#include <sys/mman.h>
#include <sys/sem.h>

#include <benchmark/benchmark.h>
#include <boost/interprocess/sync/named_semaphore.hpp>

#include <crex/crex.hpp>

namespace {

namespace bip = boost::interprocess;

// One semaphore for all three, so that they work on memory of one kind.
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

void with_crex_robust(benchmark::State& state) {
    crex::RobustSemaphore semaphore{std::nullopt, crex::O_CREX};
    for ([[maybe_unused]] auto _ : state) {
        semaphore.acquire();
        semaphore.release();
    }
    semaphore.unlink();
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

class OneOfSystemV {
public:
    explicit OneOfSystemV(bool undo)
        : semaphore{std::nullopt, crex::O_CREX, {.initial_value = 1, .undo = undo}} {}

    crex::sysv::Semaphore semaphore;
    crex::sysv::RemoveOnDestroy<crex::sysv::Semaphore> removed{semaphore};
};

void with_semop(benchmark::State& state, short flags) {
    OneOfSystemV one{false};
    sembuf acquire{0, -1, flags};
    sembuf release{0, 1, flags};
    for ([[maybe_unused]] auto _ : state) {
        semop(one.semaphore.id(), &acquire, 1);
        semop(one.semaphore.id(), &release, 1);
    }
}

void with_crex_sysv(benchmark::State& state, bool undo) {
    OneOfSystemV one{undo};
    for ([[maybe_unused]] auto _ : state) {
        one.semaphore.acquire();
        one.semaphore.release();
    }
}

BENCHMARK(with_sem_t)->Name("semaphore/acquire+release/sem_t");
BENCHMARK(with_boost)->Name("semaphore/acquire+release/boost");
BENCHMARK(with_crex)->Name("semaphore/acquire+release/crex");
BENCHMARK(with_crex_scoped_lock)->Name("semaphore/acquire+release/crex lock()");
BENCHMARK_CAPTURE(with_crex_sysv, plain, false)->Name("semaphore/acquire+release/crex sysv");
BENCHMARK_CAPTURE(with_semop, plain, 0)->Name("semaphore/acquire+release/semop");
BENCHMARK(with_crex_robust)->Name("semaphore/acquire+release/crex robust");
BENCHMARK(with_crex_robust)->Name("semaphore/acquire+release, given back at death/crex");
BENCHMARK_CAPTURE(with_crex_sysv, undo, true)
    ->Name("semaphore/acquire+release, given back at death/crex sysv");
BENCHMARK_CAPTURE(with_semop, undo, SEM_UNDO)
    ->Name("semaphore/acquire+release, given back at death/semop");

} // namespace

BENCHMARK_MAIN();
