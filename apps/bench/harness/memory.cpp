// SPDX-License-Identifier: BSL-1.0
#include "harness/memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include <sys/statvfs.h>

#include "subjects/subject.hpp"

namespace bench {

namespace {

constexpr double kib = 1024;
constexpr double gib = kib * kib * kib;

double available_bytes() {
    std::ifstream file{"/proc/meminfo"};
    std::string word;
    while (file >> word) {
        double number = 0;
        if (word == "MemAvailable:" && file >> number) {
            return number * kib;
        }
    }
    return std::numeric_limits<double>::infinity();
}

double shm_bytes() {
    struct statvfs status {};
    if (statvfs("/dev/shm", &status) != 0) {
        return std::numeric_limits<double>::infinity();
    }
    return static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
}

std::string in_gib(double bytes) { return std::to_string(bytes / gib).substr(0, 5) + " GiB"; }

} // namespace

void require_memory(std::size_t size, std::size_t count) {
    const double needed = static_cast<double>(size) * static_cast<double>(count);
    const double most = std::min(available_bytes() / 2, shm_bytes());
    if (needed > most) {
        throw Refused{"takes " + in_gib(needed) + " of memory; it may have " + in_gib(most)};
    }
}

} // namespace bench
