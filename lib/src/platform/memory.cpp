// SPDX-License-Identifier: BSL-1.0
#include "platform/memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "platform/cancellation.hpp"

namespace crex::detail {
namespace {

// The names of the files in a version of control groups.
struct Version {
    const char* mount;
    const char* limit;
    const char* usage;
    const char* reclaimable[2]; // in memory.stat: pages of files, which the kernel can drop
};

constexpr Version v1{"/sys/fs/cgroup/memory",
                     "memory.limit_in_bytes",
                     "memory.usage_in_bytes",
                     {"total_inactive_file", "total_active_file"}};
constexpr Version v2{
    "/sys/fs/cgroup", "memory.max", "memory.current", {"inactive_file", "active_file"}};

std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
    std::uint64_t number = 0;
    return std::ifstream{file} >> number ? std::optional{number} : std::nullopt; // "max": no limit
}

std::uint64_t reclaimable(const std::filesystem::path& group, const Version& version) {
    std::ifstream file{group / "memory.stat"};
    std::uint64_t sum = 0;
    std::string key;
    for (std::uint64_t value = 0; file >> key >> value;) {
        sum += key == version.reclaimable[0] || key == version.reclaimable[1] ? value : 0;
    }
    return sum;
}

std::optional<std::uint64_t> left_in(const std::filesystem::path& group, const Version& version) {
    const auto limit = number_in(group / version.limit);
    const auto usage = number_in(group / version.usage);
    if (!limit || !usage) {
        return std::nullopt;
    }
    const std::uint64_t needed = *usage - std::min(*usage, reclaimable(group, version));
    return *limit - std::min(*limit, needed);
}

// Checks the group and all its parents: the smallest result counts.
std::optional<std::uint64_t> least_left(const std::string& root, const Version& version,
                                        std::filesystem::path group) {
    std::optional<std::uint64_t> least;
    for (;;) {
        const auto left = left_in(root + version.mount + group.string(), version);
        if (left && (!least || *left < *least)) {
            least = left;
        }
        if (!group.has_relative_path()) {
            return least;
        }
        group = group.parent_path();
    }
}

} // namespace

std::optional<std::uint64_t> memory_left(const std::string& root) {
    const CancellationHeld held;
    std::ifstream file{root + "/proc/self/cgroup"};
    for (std::string line; std::getline(file, line);) { // "NUMBER:CONTROLLERS:PATH"
        const auto controllers = line.find(':') + 1;
        const auto path = line.find(':', controllers);
        if (path == line.npos) {
            continue;
        }
        const std::string name = line.substr(controllers, path - controllers);
        if (name == "memory") {
            return least_left(root, v1, line.substr(path + 1));
        }
        if (name.empty()) {
            if (const auto left = least_left(root, v2, line.substr(path + 1))) {
                return left;
            }
        }
    }
    return std::nullopt;
}

} // namespace crex::detail
