// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crex/crex.hpp>
#include <crex/postgres.hpp>

// Operations on a queue and a semaphore at a server, and what must be there after each, however it
// ended.

namespace test {

enum class Outcome { died, returned, may_have_happened, has_not_happened, lease_lost, failed };
inline constexpr std::array outcome_names{
    "died", "returned", "may have happened", "has not happened", "lease lost", "failed"};

// What a process has of one queue and one semaphore.
struct Subject {
    crex::PostgresServer server;
    std::optional<crex::MessageQueue> queue;
    std::optional<crex::RobustSemaphore> semaphore;
    std::optional<crex::Lease> lease;

    explicit Subject(const std::string& parameters) : server{parameters} {}
};

// How many messages there must be afterwards, and whether the queue has gone.
struct Expected {
    std::size_t at_least = 0;
    std::size_t at_most = 0;
    bool may_be_unlinked = false;
    bool must_be_unlinked = false;
};

struct Operation {
    const char* name;
    std::size_t messages; // in the queue before it
    std::function<void(Subject&, const std::string&)> prepare;
    std::function<void(Subject&, const std::string&)> perform;
    std::function<Expected(Outcome)> expect;
};

const std::vector<Operation>& operations();
const Operation& operation_called(std::string_view name);

std::string new_name(const std::string& name); // of what "create" creates

} // namespace test
