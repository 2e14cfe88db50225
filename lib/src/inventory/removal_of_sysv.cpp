// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <optional>
#include <utility>

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "inventory/families.hpp"
#include "inventory/removal.hpp"

namespace crex::detail {
namespace {

// The object as it is now; nothing when none of that number and key exists any more.
std::optional<Object> sysv_object_now(const Object& object) {
    Findings findings;
    list_sysv(findings);
    for (FoundObject& found : findings.found) {
        if (found.object.kind == object.kind && found.object.id == object.id &&
            found.object.key == object.key) {
            return std::move(found.object);
        }
    }
    return std::nullopt;
}

int remove_sysv_id(ObjectKind kind, int id) {
    switch (kind) {
    case ObjectKind::sysv_shared_memory:
        return shmctl(id, IPC_RMID, nullptr);
    case ObjectKind::sysv_queue:
        return msgctl(id, IPC_RMID, nullptr);
    default:
        return semctl(id, 0, IPC_RMID);
    }
}

} // namespace

bool is_sysv(ObjectKind kind) {
    return kind == ObjectKind::sysv_semaphores || kind == ObjectKind::sysv_shared_memory ||
           kind == ObjectKind::sysv_queue;
}

Removal remove_sysv(const Call& call, const Object& object, Use use) {
    const auto now = sysv_object_now(object);
    if (!now) {
        return Removal::gone;
    }
    if (use == Use::forbids && object.kind != ObjectKind::sysv_shared_memory) {
        return Removal::unproven;
    }
    if (use == Use::forbids && !now->users.empty()) {
        return Removal::in_use;
    }
    if (remove_sysv_id(object.kind, static_cast<int>(object.id.inode)) != 0) {
        if (errno == EINVAL || errno == EIDRM) {
            return Removal::gone;
        }
        throw_errno(call, errno);
    }
    return Removal::removed;
}

} // namespace crex::detail
