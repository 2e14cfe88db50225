// SPDX-License-Identifier: BSL-1.0

// While others make, use and leave objects, all that nobody uses is removed, and nothing else.

#include <atomic>
#include <cerrno>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/error.hpp>

#include "lib/inventory/churn.hpp"
#include "lib/inventory/stage.hpp"

using namespace test;

namespace {

#ifdef CREX_THOROUGH
constexpr std::uint64_t rounds = 2'000'000;
#else
constexpr std::uint64_t rounds = 40'000;
#endif

// Tries to. Shared memory that has come into use while it was moved aside, and lost its name to
// another, stays there: that is no removal.
bool is_removed(const crex::Object& object) {
    try {
        return crex::remove_if_stale(object) == crex::Removal::removed;
    } catch (const crex::ExistentialError& error) {
        return error.code().value() != EEXIST;
    }
}

// Removes what is stale; answers how much.
std::uint64_t collect() {
    std::uint64_t removed = 0;
    for (const crex::Object& object : crex::list_objects().objects) {
        removed += is_removed(object) ? 1 : 0;
    }
    return removed;
}

std::uint64_t collect_until(const std::atomic<bool>& over) {
    std::uint64_t removed = 0;
    while (!over) {
        removed += collect();
    }
    return removed;
}

// One that stayed aside keeps its name from another of that name: the first time.
std::size_t left_after_collecting() {
    collect();
    collect();
    return crex::list_objects().objects.size();
}

void churn(std::uint64_t count) {
    Churn churn{count};
    std::atomic<bool> over{false};
    std::uint64_t removed = 0;
    std::thread collector{[&] { removed = collect_until(over); }};
    churn.run(8);
    over = true;
    collector.join();
    BOOST_TEST_MESSAGE(churn.rounds()
                       << " rounds, " << churn.kills() << " kills, " << removed << " removed");
    BOOST_TEST(churn.violations() == 0U);
    BOOST_TEST(removed > 0U);
    BOOST_TEST(left_after_collecting() == 0U);
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_in_use_is_removed_while_eight_processes_come_and_go) {
    if (enter_stage()) {
        churn(rounds);
    }
}
