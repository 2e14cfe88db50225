// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <crex/inventory.hpp>

#include "text/duration.hpp"

// Facts about objects, users and processes as text.

namespace cli {

// Whether /proc is mounted, and a text for when it is not.
bool proc_is_there();
inline constexpr const char* no_proc =
    "/proc is not mounted: System V's objects and the users of any object are out of sight (mount "
    "-t proc proc /proc)";

// "root", or the number of a user without a name.
std::string user_name(unsigned user);

// The number of a user, from a name or a number. Throws UsageError when there is none.
unsigned user_called(const std::string& text);

// "64", "4.0K", "1.5M"
std::string short_size(std::uint64_t bytes);

// "2024-05-31 12:00:00", local time.
std::string moment(std::chrono::system_clock::time_point when);

std::optional<std::chrono::nanoseconds> age_of(const crex::Object& object);

// Why the state of an object is unknown.
std::string why_unknown(const crex::Object& object);

// "?" for a process that has gone, or is out of sight. Results are remembered, as one process may
// use many objects, until forget_processes(): the number may then be another process's.
std::string command_of_process(int pid);
void forget_processes();

// "maps it, takes part"
std::string how_used(const crex::ObjectUser& user);

} // namespace cli
