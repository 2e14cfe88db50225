// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// Two kinds of semaphores and two of queues, all of one name.
struct Objects {
    std::string name = unique_name();
    Removed<Semaphores> semaphore_removed{name};
    Removed<RobustSemaphores> robust_semaphore_removed{name};
    Removed<RobustQueues> queue_removed{name};
    Removed<PosixQueues> kernel_queue_removed{name};
    crex::Semaphore semaphore{name, crex::O_CREX, {.initial_value = 7}};
    crex::RobustSemaphore robust_semaphore{name, crex::O_CREX, {.initial_value = 3}};
    crex::MessageQueue queue = RobustQueues::open(name, crex::O_CREX);
    crex::MessageQueue kernel_queue = PosixQueues::open(name, crex::O_CREX);
};

/// Leaves an unused object behind; returns its name.
template <class Kind> std::string leave() {
    std::string name = unique_name();
    in_child([&] { return Kind::open(name, crex::O_CREX, 0666), 0; });
    return name;
}

} // namespace test
