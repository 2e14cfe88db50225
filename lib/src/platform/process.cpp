// SPDX-License-Identifier: BSL-1.0
#include "platform/process.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"

namespace crex::detail {
namespace {

std::string proc(int pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

// The part of /proc/PID/stat after "PID (COMMAND) ": the letter of the state and then numbers.
// COMMAND may contain any character, also ')'. Empty when there is nothing to read.
std::string after_command(int pid) {
    const CancellationHeld held;
    std::ifstream file{proc(pid, "stat")};
    std::string line;
    std::getline(file, line);
    const auto bracket = line.rfind(')');
    return bracket + 2 < line.size() ? line.substr(bracket + 2) : std::string{};
}

// One number for both namespaces, since it is only compared. Kernels without time namespaces have
// one time for all processes.
std::uint64_t own_namespaces() {
    struct stat pid {};
    struct stat time {};
    if (stat("/proc/thread-self/ns/pid", &pid) != 0) {
        return 0;
    }
    const std::uint64_t inode = pid.st_ino;
    return stat("/proc/thread-self/ns/time", &time) == 0 ? inode << 32 ^ time.st_ino : inode;
}

// One number of what after_command() returns; 0 when it is not there.
std::uint64_t field_of(const std::string& stat, int number) {
    std::istringstream fields{stat};
    std::string skipped;
    for (int field = 3; field < number; ++field) {
        fields >> skipped;
    }
    std::uint64_t value = 0;
    fields >> value;
    return value;
}

// Whether the process has ended and its parent has not reaped it. It then counts one thread; if
// only its first thread has ended, more.
bool is_unreaped(int pid) {
    constexpr int number_of_threads = 20;
    const std::string stat = after_command(pid);
    return stat.starts_with('Z') && field_of(stat, number_of_threads) <= 1;
}

bool pid_is_free_or_ended(int pid) {
    const CancellationHeld held;
    const UniqueFd process{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))};
    if (process.get() < 0) { // before Linux 5.3 there is no such call
        return kill(pid, 0) != 0 ? errno == ESRCH : is_unreaped(pid);
    }
    pollfd ended{process.get(), POLLIN, 0};
    return poll(&ended, 1, 0) == 1;
}

std::string content_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// A process that ends, or dumps core, runs no instruction of its own any more.
bool is_ending(int pid) {
    constexpr unsigned flag_of_ending = 4; // PF_EXITING
    constexpr int flags = 9;
    const std::string stat = after_command(pid);
    return stat.empty() || (field_of(stat, flags) & flag_of_ending) != 0 ||
           content_of(proc(pid, "status")).find("CoreDumping:\t1") != std::string::npos;
}

// False also when the first thread has ended before the others, since that cannot be told from a
// stop.
bool no_thread_is_stopped(int pid) {
    std::error_code error;
    const std::filesystem::directory_iterator threads{proc(pid, "task"), error};
    return !error && std::none_of(begin(threads), end(threads), [](const auto& thread) {
        return thread_state(std::stoi(thread.path().filename())) != ThreadState::running;
    });
}

// Whether a control group is frozen; `line` is its line in /proc/PID/cgroup.
bool is_frozen_there(const std::string& line) {
    const auto path = line.substr(std::min(line.rfind(':') + 1, line.size()));
    if (line.rfind("0::", 0) == 0) {
        const auto is_frozen_below = [&](const std::string& root) {
            return content_of(root + path + "/cgroup.events").find("frozen 1") != std::string::npos;
        };
        return is_frozen_below("/sys/fs/cgroup") || is_frozen_below("/sys/fs/cgroup/unified");
    }
    const auto state = content_of("/sys/fs/cgroup/freezer" + path + "/freezer.state");
    return line.find(":freezer:") != std::string::npos && !state.empty() && state != "THAWED\n";
}

// False for a process in the same control groups as this one, which runs.
bool may_be_frozen(int pid) {
    const std::string its = content_of(proc(pid, "cgroup"));
    if (its == content_of("/proc/self/cgroup")) {
        return false;
    }
    std::istringstream lines{its};
    for (std::string line; std::getline(lines, line);) {
        if (is_frozen_there(line)) {
            return true;
        }
    }
    return its.empty();
}

// The inode of the initial PID namespace, fixed in the kernel (PROC_PID_INIT_INO).
constexpr ino_t initial_pid_namespace = 0xEFFFFFFC;

bool line_is_of(const std::string& line, ObjectId id) {
    unsigned major = 0;
    unsigned minor = 0;
    unsigned long long inode = 0;
    return std::sscanf(line.c_str(), "%*s %*s %*s %x:%x %llu", &major, &minor, &inode) == 3 &&
           inode == id.inode && makedev(major, minor) == id.device;
}

} // namespace

std::uint64_t start_of(int pid) {
    constexpr int start = 22;
    return field_of(after_command(pid), start);
}

ThreadState thread_state(int tid) {
    const std::string line = after_command(tid);
    if (line.empty()) {
        return kill(tid, 0) == 0 || errno == EPERM ? ThreadState::running : ThreadState::gone;
    }
    switch (line.front()) {
    case 'T':
    case 't':
        return ThreadState::stopped;
    case 'Z':
    case 'X':
    case 'x':
        return ThreadState::gone;
    default:
        return ThreadState::running;
    }
}

// Looked up once for each thread, since that reads three files of /proc.
ProcessIdentity this_process() {
    thread_local std::uint64_t known_epoch = 0;
    thread_local ProcessIdentity known;
    const std::uint64_t epoch = process_epoch();
    if (known_epoch != epoch) {
        const int pid = getpid();
        known = {pid, start_of(pid), own_namespaces()};
        known_epoch = known.started != 0 && known.namespaces != 0 ? epoch : 0;
    }
    return known;
}

bool has_ended(const ProcessIdentity& process) {
    if (process.pid <= 0 || process.namespaces == 0 ||
        process.namespaces != this_process().namespaces) {
        return false;
    }
    if (pid_is_free_or_ended(process.pid)) {
        return true;
    }
    const std::uint64_t started = start_of(process.pid);
    return started != 0 && process.started != 0 && started != process.started;
}

bool runs_for_certain(const ProcessIdentity& process) {
    const CancellationHeld held;
    return process.pid > 0 && process.started != 0 && process.namespaces != 0 &&
           process.namespaces == this_process().namespaces &&
           start_of(process.pid) == process.started && !is_ending(process.pid) &&
           no_thread_is_stopped(process.pid) && !may_be_frozen(process.pid);
}

Mapped maps_object(int pid, ObjectId id) {
    const CancellationHeld held;
    std::ifstream file{proc(pid, "maps")};
    if (!file) {
        return errno == ENOENT || errno == ESRCH ? Mapped::no : Mapped::cannot_tell;
    }
    for (std::string line; std::getline(file, line);) {
        if (line_is_of(line, id)) {
            return Mapped::yes;
        }
    }
    return Mapped::no;
}

bool sees_all_processes() {
    struct stat status {};
    return stat("/proc/thread-self/ns/pid", &status) == 0 &&
           status.st_ino == initial_pid_namespace && stat("/proc/1/stat", &status) == 0;
}

} // namespace crex::detail
