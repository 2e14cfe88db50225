// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

// Makes a call of libpq to the kernel fail, with its connection, or the process die at it.

namespace test {

enum class Fault { none, before, after, halfway, death_before, death_after };

// What happens to the calls of this process. Only libpq's session calls send() and recv() here.
struct FaultPlan {
    std::atomic<bool> is_armed{false};
    std::atomic<int> calls{0};
    int at = 0; // which one
    Fault fault = Fault::none;
};
extern FaultPlan fault_plan;

} // namespace test
