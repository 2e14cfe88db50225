// SPDX-License-Identifier: BSL-1.0
#include "scenarios/scenarios.hpp"

namespace bench {

std::vector<Scenario> semaphore_scenarios() {
    return {
        {Uncontended{},
         nanoseconds("acquire+release"),
         "semaphore",
         {"crex", "crex lock()", "crex robust", "crex sysv", "sem_t", "boost", "semop", "eventfd",
          "flock", "two atomics", "futex", "two system calls"}},
        {Uncontended{},
         nanoseconds("acquire+release, given back at death"),
         "semaphore",
         {"crex robust", "crex sysv undo", "semop undo", "flock"}},
        {HandOver{},
         percentiles("round trip, two cores"),
         "semaphore",
         {"crex", "crex robust", "crex sysv", "sem_t", "boost", "semop", "eventfd", "two atomics",
          "futex"}},
    };
}

} // namespace bench
