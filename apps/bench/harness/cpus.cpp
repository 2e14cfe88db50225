// SPDX-License-Identifier: BSL-1.0
#include "harness/cpus.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <sched.h>

#include "subjects/subject.hpp"

namespace bench {

namespace {

// Equal for all threads of one core.
std::string core_of(int cpu) {
    std::ifstream file{"/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                       "/topology/thread_siblings_list"};
    std::string siblings;
    return file >> siblings ? siblings : std::to_string(cpu);
}

std::vector<int> find_two() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    std::vector<int> found;
    for (int cpu = 0; cpu < CPU_SETSIZE && found.size() < 2; ++cpu) {
        if (CPU_ISSET(cpu, &allowed) && (found.empty() || core_of(found[0]) != core_of(cpu))) {
            found.push_back(cpu);
        }
    }
    return found;
}

// Determined once, before any process has confined itself to one processor.
const std::vector<int>& two() {
    static const std::vector<int> cpus = find_two();
    return cpus;
}

} // namespace

bool has_two_cpus() { return two().size() == 2; }

void move_to(Place place) {
    if (place == Place::anywhere) {
        return;
    }
    const std::size_t index = place == Place::first_cpu ? 0 : 1;
    if (index >= two().size()) {
        throw Refused{"that takes two processors"};
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(two()[index]), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) {
        throw std::system_error{errno, std::generic_category(), "sched_setaffinity"};
    }
}

} // namespace bench
