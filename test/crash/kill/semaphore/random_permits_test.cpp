// SPDX-License-Identifier: BSL-1.0

// Several processes acquire and release at random and are killed at random, also while they wait.
// At the end all permits are there, and the other processes got on all the time.

#include <atomic>
#include <chrono>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <crex/shared_memory.hpp>

#include "crash/kill/harness/figures.hpp"
#include "subject.hpp"
#include "support/eventually.hpp"
#include "support/unique_name.hpp"

using namespace crash;
using namespace std::chrono_literals;

namespace {

constexpr unsigned permits = 3;
constexpr int workers = 6; // so that some always wait

// A counter that all workers increment, in memory that they inherit.
class Progress {
public:
    Progress() : memory_{std::nullopt, crex::O_CREX, {.size = 64}}, view_{memory_.map()} {
        memory_.unlink();
    }
    std::atomic<unsigned>& operator*() {
        return *reinterpret_cast<std::atomic<unsigned>*>(view_.bytes().data());
    }
    bool goes_on() {
        const unsigned before = **this;
        return test::eventually([&] { return **this != before; });
    }

private:
    crex::SharedMemory memory_;
    crex::Mapping view_;
};

void work(const SemaphoreSubject& subject, const std::string& name, unsigned seed,
          Progress& progress) {
    const auto semaphore = subject.open(name);
    std::minstd_rand random{seed};
    for (;;) {
        if (!semaphore->acquire_for(10s)) {
            continue;
        }
        const unsigned more = random() % 3 == 0 && semaphore->acquire_for(0ms) ? 1 : 0;
        ++*progress;
        if (random() % 8 == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds{random() % 200});
        }
        semaphore->release(1 + more);
    }
}

Figures kill_at_random(const SemaphoreSubject& subject, std::size_t kills) {
    const std::string name = test::unique_name();
    const auto survivor = subject.create(name, permits);
    Progress progress;
    std::mt19937 random{42};
    const auto another = [&] {
        return Child{
            [&, seed = random()] { work(subject, name, static_cast<unsigned>(seed), progress); }};
    };
    std::vector<Child> all;
    for (int i = 0; i < workers; ++i) {
        all.push_back(another());
    }
    Figures figures{std::string{subject.name} + ", at random"};
    for (; figures.kills < kills && figures.hung == 0; ++figures.kills) {
        figures.hung += !progress.goes_on(); // so that no kill comes before any work
        std::this_thread::sleep_for(std::chrono::microseconds{random() % 500});
        all[random() % all.size()] = another();
    }
    all.clear();
    figures.lost += !test::eventually([&] { return survivor->value() >= permits; }, 5s);
    figures.duplicated += survivor->value() > permits;
    subject.unlink(name);
    return figures;
}

} // namespace

BOOST_AUTO_TEST_CASE(no_random_kill_loses_or_makes_a_permit) {
    if (can_kill()) {
        expect_faultless(kill_at_random(robust_semaphore, thorough ? 100'000 : 5'000));
    }
}

BOOST_AUTO_TEST_CASE(random_kills_are_seen_to_lose_a_posix_semaphore_s_permits) {
    if (can_kill()) {
        const Figures figures = kill_at_random(posix_semaphore, 50);
        std::cout << to_string(figures) << std::endl;
        BOOST_TEST(figures.faults() > 0U);
    }
}
