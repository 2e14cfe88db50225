// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

#include "platform/file.hpp"

// Where the objects of each family are, and how one is inspected. The processes that use them are
// found later, for all objects at once.

namespace crex::detail {

// An object. `is_certain`: the object itself or the kernel tells whether it is in use. Its state is
// not known yet; its users are those that it names.
struct FoundObject {
    Object object;
    bool is_certain = false;
    bool has_other_users = false; // the kernel says so, but not which processes
};

struct Findings {
    std::vector<FoundObject> found;
    std::vector<std::string> limitations; // see Inventory
};

// POSIX semaphores, shared memory, Boost's queues and crex's own objects: all that lies in
// /dev/shm.
void list_shared_memory(Findings& findings, const InventoryOptions& options);

// Sets the kind and the name of an object whose file in /dev/shm has that name.
void name_by_file(Object& object, const std::string& file);

// The object of that name in /dev/shm, open as `directory`; nothing when it is gone or is no
// object.
std::optional<FoundObject> look_at_file(int directory, const std::string& file,
                                        const InventoryOptions& options);

inline constexpr const char* shared_memory_directory = "/dev/shm";

// The name of an object's file there.
std::string file_of(const Object& object);

void list_kernel_queues(Findings& findings, const InventoryOptions& options);
std::optional<FoundObject> look_at_kernel_queue(int directory, const std::string& file,
                                                const InventoryOptions& options);

// A directory with the kernel's queues, mounted or not; -1, with errno set, when there is none.
UniqueFd folder_of_kernel_queues();

void list_sysv(Findings& findings);

} // namespace crex::detail
