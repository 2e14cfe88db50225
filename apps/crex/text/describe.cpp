// SPDX-License-Identifier: BSL-1.0
#include "text/describe.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <map>

#include <pwd.h>
#include <unistd.h>

#include "failure.hpp"

namespace cli {

bool proc_is_there() { return ::access("/proc/self/stat", F_OK) == 0; }

std::string user_name(unsigned user) {
    static std::map<unsigned, std::string> known;
    const auto [place, is_new] = known.try_emplace(user);
    if (is_new) {
        const passwd* const entry = getpwuid(user); // NOLINT(concurrency-mt-unsafe): one thread
        place->second = entry == nullptr ? std::to_string(user) : entry->pw_name;
    }
    return place->second;
}

unsigned user_called(const std::string& text) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    if (const passwd* const entry = getpwnam(text.c_str())) {
        return entry->pw_uid;
    }
    unsigned number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || rest != text.data() + text.size()) {
        throw UsageError{"there is no user " + text};
    }
    return number;
}

std::string short_size(std::uint64_t bytes) {
    constexpr double step = 1024;
    auto size = static_cast<double>(bytes);
    const char* const units = "BKMGTPE";
    int unit = 0;
    for (; size >= step; ++unit) {
        size /= step;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f" : "%.1f%c", size, units[unit]);
    return text.data();
}

std::string moment(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

std::optional<std::chrono::nanoseconds> age_of(const crex::Object& object) {
    if (!object.created) {
        return std::nullopt;
    }
    const auto age = std::chrono::system_clock::now() - *object.created;
    return age.count() < 0 ? std::chrono::nanoseconds::zero() : age;
}

namespace {

std::map<int, std::string>& known_commands() {
    static std::map<int, std::string> known;
    return known;
}

} // namespace

std::string command_of_process(int pid) {
    const auto [place, is_new] = known_commands().try_emplace(pid);
    if (is_new) {
        const auto details = crex::describe_process(pid);
        place->second = details ? details->command : "?";
    }
    return place->second;
}

void forget_processes() { known_commands().clear(); }

std::string why_unknown(const crex::Object& object) {
    switch (object.kind) {
    case crex::ObjectKind::sysv_semaphores:
    case crex::ObjectKind::sysv_queue:
        return "no process has such an object open between two calls, so the kernel does not know "
               "which process will use it next";
    case crex::ObjectKind::sysv_shared_memory:
        return "the kernel does not say how many processes have it attached";
    default:
        break;
    }
    if (!proc_is_there()) {
        return no_proc;
    }
    return crex::is_robust(object.kind)
               ? "this user may not read it, and only the object knows its participants"
               : "not every process could be looked into: those of other users, in another PID "
                 "namespace or behind hidepid";
}

std::string how_used(const crex::ObjectUser& user) {
    std::string text;
    const auto add = [&](bool so, const char* word) {
        if (so) {
            text.append(text.empty() ? "" : ", ").append(word);
        }
    };
    add(user.takes_part, "takes part");
    add(user.maps, "maps it");
    add(user.has_open, "has it open");
    return text;
}

} // namespace cli
