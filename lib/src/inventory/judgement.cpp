// SPDX-License-Identifier: BSL-1.0
#include "inventory/judgement.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>
#include <unordered_map>
#include <utility>

#include <sys/shm.h>
#include <sys/stat.h>

#include "inventory/directory.hpp"
#include "inventory/other_users.hpp"
#include "inventory/place.hpp"
#include "inventory/scan.hpp"

namespace crex::detail {
namespace {

// The id of the queue to which a poll FIFO belongs: on the same file system, with the number in the
// poll FIFO's name.
ObjectId queue_of(const Object& poll_fifo) {
    const std::string digits = poll_fifo.name.substr(poll_fifo.name.rfind('.') + 1);
    ObjectId id{poll_fifo.id.device, 0};
    std::from_chars(digits.data(), digits.data() + digits.size(), id.inode, 16);
    return id;
}

// A poll FIFO is part of its queue. It is an object only when the queue has no name any more.
void drop_poll_fifos_of_queues(std::vector<FoundObject>& all) {
    std::unordered_map<ObjectId, bool, IdHash> queues;
    for (const FoundObject& found : all) {
        const Object& object = found.object;
        if (object.kind == ObjectKind::robust_queue) {
            queues.emplace(object.id, true);
        }
    }
    std::erase_if(all, [&](const FoundObject& found) {
        return found.object.kind == ObjectKind::poll_fifo &&
               queues.contains(queue_of(found.object));
    });
}

std::vector<ObjectId> ids_of(const std::vector<FoundObject>& all) {
    std::vector<ObjectId> ids;
    ids.reserve(all.size());
    for (const FoundObject& found : all) {
        const Object& object = found.object;
        ids.push_back(object.id);
        if (object.kind == ObjectKind::poll_fifo) {
            ids.push_back(queue_of(object));
        }
    }
    return ids;
}

// System V's semaphores and queues have numbers, too, but no process has them open.
bool can_be_seen(const Object& object) {
    return object.kind != ObjectKind::sysv_semaphores && object.kind != ObjectKind::sysv_queue;
}

// A user that was known only as a participant, or only by a count, is known better now.
void add_user(std::vector<ObjectUser>& users, const ObjectUser& seen) {
    const auto with_pid = [&](int pid) {
        return std::find_if(users.begin(), users.end(),
                            [pid](const ObjectUser& one) { return one.pid == pid; });
    };
    auto known = with_pid(seen.pid);
    known = known == users.end() ? with_pid(0) : known;
    if (known == users.end()) {
        users.push_back(seen);
    } else {
        known->pid = seen.pid;
        known->maps |= seen.maps;
        known->has_open |= seen.has_open;
    }
}

void add_users(Object& object, const std::vector<ObjectUser>& seen) {
    for (const ObjectUser& user : seen) {
        add_user(object.users, user);
    }
}

// The kernel alone says that a process uses it; that may have been another process that asked.
bool is_used_out_of_sight(const Object& object) {
    const Place place = place_of(object);
    return OtherUsers{place.directory.get(), place.file, object.id, 4}.found() ==
           FileLease::Others::some;
}

ObjectState state_of(const FoundObject& found, bool saw_all) {
    if (!found.object.users.empty()) {
        return ObjectState::in_use;
    }
    const bool proved = found.is_certain || (saw_all && can_be_seen(found.object));
    return proved ? ObjectState::stale : ObjectState::unknown;
}

enum class SecondLook { gone, in_use, no_change };

SecondLook look_again_at_sysv(const Object& object) {
    shmid_ds status{};
    if (shmctl(static_cast<int>(object.id.inode), IPC_STAT, &status) != 0) {
        return errno == EINVAL || errno == EIDRM ? SecondLook::gone : SecondLook::no_change;
    }
    return status.shm_nattch != 0 ? SecondLook::in_use : SecondLook::no_change;
}

SecondLook look_again_at_file(const Object& object, bool ask_kernel) {
    const Place place = place_of(object);
    if (place.directory.get() < 0) {
        return SecondLook::no_change;
    }
    if (!place.holds(object.id)) {
        return SecondLook::gone;
    }
    return ask_kernel && !is_robust(object.kind) && is_used_out_of_sight(object)
               ? SecondLook::in_use
               : SecondLook::no_change;
}

// Programs unmap memory before they remove its name, and make it before they map it. At either
// moment no process has it, and yet it is not left behind.
void confirm_stale(std::vector<Object>& objects, bool ask_kernel) {
    constexpr std::chrono::milliseconds between_looks{50};
    const auto is_stale = [](const Object& object) { return object.state == ObjectState::stale; };
    if (std::none_of(objects.begin(), objects.end(), is_stale)) {
        return;
    }
    std::this_thread::sleep_for(between_looks);
    std::erase_if(objects, [&](Object& object) {
        const SecondLook look = !is_stale(object) ? SecondLook::no_change
                                : object.kind == ObjectKind::sysv_shared_memory
                                    ? look_again_at_sysv(object)
                                    : look_again_at_file(object, ask_kernel);
        if (look == SecondLook::in_use) {
            object.state = ObjectState::in_use;
            object.users.emplace_back();
        }
        return look == SecondLook::gone;
    });
}

dev_t shared_memory_device() {
    struct stat status {};
    return stat(shared_memory_directory, &status) == 0 ? status.st_dev : 0;
}

// What is known without a look at the processes.
Sightings unseen(const std::vector<ObjectId>& ids) {
    Sightings sightings;
    for (const ObjectId& id : ids) {
        sightings.users.try_emplace(id);
    }
    sightings.complete = false;
    return sightings;
}

// A file without a name is listed as long as a process has it: it goes with its last user.
void add_unlinked(std::vector<Object>& objects, Sightings& sightings) {
    for (auto& [id, file] : sightings.unlinked) {
        if (!S_ISREG(file.status.st_mode)) {
            continue;
        }
        Object& object = objects.emplace_back();
        name_by_file(object, file.path.substr(file.path.rfind('/') + 1));
        file.status.st_dev = id.device;
        file.status.st_ino = id.inode;
        describe(object, file.status);
        object.is_linked = false;
        object.state = ObjectState::in_use;
        object.users = std::move(file.users);
    }
}

} // namespace

Inventory judged(Findings findings, const InventoryOptions& options) {
    drop_poll_fifos_of_queues(findings.found);
    const auto ids = ids_of(findings.found);
    Sightings sightings = options.users ? look_for(ids, shared_memory_device()) : unseen(ids);
    Inventory inventory;
    inventory.limitations = std::move(findings.limitations);
    inventory.saw_all_processes = sightings.complete;
    inventory.objects.reserve(findings.found.size());
    for (FoundObject& found : findings.found) {
        Object& object = found.object;
        if (can_be_seen(object)) {
            add_users(object, sightings.users.at(object.id));
        }
        if (object.kind == ObjectKind::poll_fifo) {
            add_users(object, sightings.users.at(queue_of(object)));
        }
        if (found.has_other_users && object.users.empty()) {
            found.is_certain = !is_used_out_of_sight(object);
            if (!found.is_certain) {
                object.users.emplace_back();
            }
        }
        object.state = state_of(found, sightings.complete);
        inventory.objects.push_back(std::move(object));
    }
    confirm_stale(inventory.objects, options.ask_kernel);
    add_unlinked(inventory.objects, sightings);
    return inventory;
}

} // namespace crex::detail
