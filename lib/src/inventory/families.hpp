// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

#include "platform/file.hpp"

// Where objects are, and how one is looked at, for each family. Which processes use them is found
// later, for all at once.

namespace crex::detail {

// An object, and whether it says by itself that nobody uses it, or the kernel says so. Its state is
// as yet unknown; its users are those of whom it tells.
struct FoundObject {
    Object object;
    bool is_certain = false;
    bool has_other_users = false; // the kernel says so, but not who they are
};

struct Findings {
    std::vector<FoundObject> found;
    std::vector<std::string> limitations; // see Inventory
};

// POSIX semaphores, shared memory, Boost's queues and crex's own: all that lies in /dev/shm.
void list_shared_memory(Findings& findings);

// The kind and the name of an object whose file in /dev/shm is called so.
void name_by_file(Object& object, const std::string& file);

// What has that name in /dev/shm, open as `directory`; nothing when it is gone or no object.
std::optional<FoundObject> look_at_file(int directory, const std::string& file);

inline constexpr const char* shared_memory_directory = "/dev/shm";

// The name of an object's file there.
std::string file_of(const Object& object);

void list_kernel_queues(Findings& findings);
std::optional<FoundObject> look_at_kernel_queue(int directory, const std::string& file);

// A directory with the kernel's queues, mounted or not; -1, with errno set, where there is none.
UniqueFd folder_of_kernel_queues();

void list_sysv(Findings& findings);

} // namespace crex::detail
