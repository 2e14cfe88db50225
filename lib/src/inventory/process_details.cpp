// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include <time.h>
#include <unistd.h>

#include <crex/inventory.hpp>

#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "platform/process.hpp"

namespace crex {
namespace {

using Clock = std::chrono::system_clock;

// Converts a process's start, which is counted from the boot.
std::optional<Clock::time_point> moment_of(std::uint64_t ticks) {
    timespec since_boot{};
    if (ticks == 0 || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) {
        return std::nullopt;
    }
    const auto boot = Clock::now() - std::chrono::seconds{since_boot.tv_sec} -
                      std::chrono::microseconds{since_boot.tv_nsec / 1000};
    const std::chrono::duration<double> later{static_cast<double>(ticks) /
                                              static_cast<double>(sysconf(_SC_CLK_TCK))};
    return boot + std::chrono::duration_cast<Clock::duration>(later);
}

std::string contents_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string command_of(const std::string& directory) {
    std::string arguments = contents_of(directory + "/cmdline");
    while (!arguments.empty() && arguments.back() == '\0') {
        arguments.pop_back();
    }
    if (!arguments.empty()) {
        std::replace(arguments.begin(), arguments.end(), '\0', ' ');
        return arguments;
    }
    const std::string name = contents_of(directory + "/comm");
    return std::string{"["}.append(name, 0, name.find('\n')).append("]");
}

} // namespace

std::optional<ProcessDetails> describe_process(int pid) {
    const detail::CancellationHeld held;
    const std::string directory = std::string{"/proc/"}.append(std::to_string(pid));
    const auto status = detail::status_of(directory);
    if (pid <= 0 || !status) {
        return std::nullopt;
    }
    return ProcessDetails{status->st_uid, moment_of(detail::start_of(pid)), command_of(directory)};
}

} // namespace crex
