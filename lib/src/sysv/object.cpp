// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/object.hpp>

#include <cerrno>
#include <cstdio>

#include <crex/error.hpp>

#include "common/arguments.hpp"
#include "sysv/control.hpp"
#include "sysv/opening.hpp"

namespace crex::sysv {

using detail::Call;

namespace {

constexpr unsigned unchanged = ~0U;

// A kind's name and its control calls. Each kind's status has an ipc_perm of its own.
struct Controls {
    const char* type;
    ipc_perm (*permissions)(const Call& call, int id);
    void (*set_permissions)(const Call& call, int id, const ipc_perm& permissions);
    int (*remove)(int id); // 0, or -1 and errno
};

ipc_perm semaphore_permissions(const Call& call, int id) {
    return detail::semaphore_status(call, id).sem_perm;
}

void set_semaphore_permissions(const Call& call, int id, const ipc_perm& permissions) {
    semid_ds status{};
    status.sem_perm = permissions;
    detail::control_semaphore(call, id, 0, IPC_SET, {.status = &status});
}

int erase_semaphore(int id) { return semctl(id, 0, IPC_RMID); }

ipc_perm memory_permissions(const Call& call, int id) {
    return detail::memory_status(call, id).shm_perm;
}

void set_memory_permissions(const Call& call, int id, const ipc_perm& permissions) {
    shmid_ds status{};
    status.shm_perm = permissions;
    if (shmctl(id, IPC_SET, &status) != 0) {
        detail::throw_object_errno(call, errno);
    }
}

int erase_memory(int id) { return shmctl(id, IPC_RMID, nullptr); }

ipc_perm queue_permissions(const Call& call, int id) {
    return detail::queue_status(call, id).msg_perm;
}

// IPC_SET sets the size along with the permissions.
void set_queue_permissions(const Call& call, int id, const ipc_perm& permissions) {
    msqid_ds status = detail::queue_status(call, id);
    status.msg_perm = permissions;
    if (msgctl(id, IPC_SET, &status) != 0) {
        detail::throw_object_errno(call, errno);
    }
}

int erase_queue(int id) { return msgctl(id, IPC_RMID, nullptr); }

// In the order of Object::Kind.
constexpr std::array<Controls, 4> controls{{
    {"Semaphore", semaphore_permissions, set_semaphore_permissions, erase_semaphore},
    {"SemaphoreSet", semaphore_permissions, set_semaphore_permissions, erase_semaphore},
    {"SharedMemory", memory_permissions, set_memory_permissions, erase_memory},
    {"MessageQueue", queue_permissions, set_queue_permissions, erase_queue},
}};

template <class Kind> const Controls& controls_of(Kind kind) {
    return controls.at(static_cast<std::size_t>(kind));
}

std::string function_name(const Controls& kind, const char* function) {
    return "sysv::" + std::string{kind.type} + function;
}

void erase(const Call& call, int (*remove)(int), int id) {
    if (remove(id) != 0) {
        detail::throw_object_errno(call, errno);
    }
}

void remove_by_id(const char* function, int (*remove)(int), int id) {
    const std::string text = "id " + std::to_string(id);
    erase({function, text, false}, remove, id);
}

} // namespace

Object::Object(Kind kind, const detail::KeyAndId& found)
    : key_{found.key}, id_{found.id}, kind_{kind} {
    std::snprintf(text_.data(), text_.size(), "key 0x%08x, id %d", static_cast<unsigned>(key_),
                  id_);
}

detail::KeyAndId Object::found_by_id(Kind kind, int id) {
    const std::string function = function_name(controls_of(kind), "::from_id");
    const std::string text = "id " + std::to_string(id);
    return {controls_of(kind).permissions({function.c_str(), text, false}, id).__key, id};
}

Call Object::call(const char* function) const { return {function, text_.data(), false}; }

Access Object::access() const {
    const std::string function = function_name(controls_of(kind_), "::access");
    const ipc_perm it = controls_of(kind_).permissions(call(function.c_str()), id_);
    return {it.mode & 0777U, it.uid, it.gid, it.cuid, it.cgid};
}

void Object::mode(unsigned mode) {
    const std::string function = function_name(controls_of(kind_), "::mode");
    detail::check_mode(call(function.c_str()), mode);
    ipc_perm permissions = controls_of(kind_).permissions(call(function.c_str()), id_);
    permissions.mode = static_cast<decltype(permissions.mode)>(mode);
    controls_of(kind_).set_permissions(call(function.c_str()), id_, permissions);
}

void Object::owner(unsigned uid, unsigned gid) {
    const std::string function = function_name(controls_of(kind_), "::owner");
    ipc_perm permissions = controls_of(kind_).permissions(call(function.c_str()), id_);
    permissions.uid = uid == unchanged ? permissions.uid : uid;
    permissions.gid = gid == unchanged ? permissions.gid : gid;
    try {
        controls_of(kind_).set_permissions(call(function.c_str()), id_, permissions);
    } catch (const ExistentialError&) { // EINVAL may also mean a bad user
        (void)access();
        detail::throw_invalid(call(function.c_str()), "there is no user " + std::to_string(uid) +
                                                          ", or no group " + std::to_string(gid) +
                                                          ", in this user namespace");
    }
}

void Object::remove() {
    const std::string function = function_name(controls_of(kind_), "::remove");
    erase(call(function.c_str()), controls_of(kind_).remove, id_);
}

void remove_semaphore(int id) { remove_by_id("sysv::remove_semaphore", erase_semaphore, id); }
void remove_shared_memory(int id) { remove_by_id("sysv::remove_shared_memory", erase_memory, id); }
void remove_message_queue(int id) { remove_by_id("sysv::remove_message_queue", erase_queue, id); }

} // namespace crex::sysv
