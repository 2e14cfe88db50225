// SPDX-License-Identifier: BSL-1.0

// While processes make, use and leave objects, all unused objects are removed, and no others.

#include <atomic>
#include <cerrno>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <crex/error.hpp>

#include "inventory/churn.hpp"
#include "inventory/stage.hpp"
#include "support/thorough.hpp"

using namespace test;

namespace {

const std::uint64_t rounds = thorough ? 2'000'000 : 40'000;

// Tries to remove the object. Shared memory that came into use while it was moved aside, and whose
// name was taken by another object, stays there: that is no removal.
bool is_removed(const crex::Object& object) {
    try {
        return crex::remove_if_stale(object) == crex::Removal::removed;
    } catch (const crex::ExistentialError& error) {
        return error.code().value() != EEXIST;
    }
}

// The object that has the name now, as a collector records it that saw it between two users.
std::optional<crex::Object> seen_stale(const Churn::Name& name) {
    const auto info = name.inspect(name.name);
    if (!info) {
        return std::nullopt;
    }
    crex::Object object;
    object.kind = name.kind;
    object.name = name.name;
    object.id = info->id;
    object.state = crex::ObjectState::stale;
    object.may_have_content = true;
    return object;
}

// Tries to remove every object and returns how many were removed. An inventory looks twice at an
// object that seems stale; here all objects would be in use again before the second look.
std::uint64_t collect(const Churn& churn) {
    std::uint64_t removed = 0;
    for (const Churn::Name& name : churn.names()) {
        const auto object = seen_stale(name);
        removed += object && is_removed(*object) ? 1 : 0;
    }
    return removed;
}

std::uint64_t collect_until(const std::atomic<bool>& over, const Churn& churn) {
    std::uint64_t removed = 0;
    while (!over) {
        removed += collect(churn);
    }
    return removed;
}

// The first round may fail: an object that stayed aside keeps its name from another of that name.
std::size_t left_after_collecting() {
    for (int i = 0; i < 2; ++i) {
        for (const crex::Object& object : crex::list_objects().objects) {
            is_removed(object);
        }
    }
    return crex::list_objects().objects.size();
}

void churn(std::uint64_t count) {
    Churn churn{count};
    std::atomic<bool> over{false};
    std::uint64_t removed = 0;
    std::thread collector{[&] { removed = collect_until(over, churn); }};
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

BOOST_AUTO_TEST_CASE(object_in_use_is_never_removed_while_eight_processes_come_and_go) {
    if (enter_stage()) {
        churn(rounds);
    }
}
