// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "errors.hpp"
#include "inventory/contents.hpp"
#include "inventory/families.hpp"
#include "inventory/folder.hpp"
#include "inventory/judgement.hpp"
#include "inventory/scan.hpp"
#include "robust/bell.hpp"
#include "robust/lifecycle.hpp"

namespace crex {
namespace detail {
namespace {

bool is_sysv(ObjectKind kind) {
    return kind == ObjectKind::sysv_semaphores || kind == ObjectKind::sysv_shared_memory ||
           kind == ObjectKind::sysv_queue;
}

// The folder that an object's file is in, and the file's name there.
struct Place {
    UniqueFd folder;
    std::string file;

    [[nodiscard]] bool holds(const ObjectId& id) const {
        struct stat status {};
        return fstatat(folder.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               id_of(status) == id;
    }
};

Place place_of(const Call& call, const Object& object) {
    const bool is_queue = object.kind == ObjectKind::kernel_queue;
    Place place{is_queue
                    ? folder_of_kernel_queues()
                    : UniqueFd{::open(shared_memory_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)},
                is_queue ? object.name.substr(1) : file_of(object)};
    if (place.folder.get() < 0) {
        throw_errno(call, errno, "there is no way to look at its file");
    }
    return place;
}

Removal unlink(const Call& call, const Place& place) {
    if (unlinkat(place.folder.get(), place.file.c_str(), 0) == 0) {
        return Removal::removed;
    }
    if (errno != ENOENT) {
        throw_errno(call, errno);
    }
    return Removal::gone;
}

// With the lock that openers share, nobody comes while this looks who is there.
Removal remove_robust(const Call& call, const Object& object, const Place& place) {
    const UniqueFd file{::openat(place.folder.get(), place.file.c_str(),
                                 O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (file.get() < 0 && errno != ENOENT) {
        throw_errno(call, errno);
    }
    const auto status = status_of(file.get());
    if (!status || id_of(*status) != object.id) {
        return Removal::gone;
    }
    const auto alone = robust::Lifecycle::removing(file.get());
    if (!alone) {
        return Removal::in_use;
    }
    Found found{object, false};
    found.object.users.clear();
    describe(found.object, *status);
    read_robust(found, file.get());
    if (!found.object.users.empty()) {
        return Removal::in_use;
    }
    if (!found.is_certain || (found.object.may_have_content && !object.may_have_content)) {
        return Removal::unproven;
    }
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    const Removal result = unlink(call, place);
    if (object.kind == ObjectKind::robust_queue) {
        robust::Bell{file.get()}.remove();
    }
    return result;
}

// Neither a signal's default nor its handler comes between moving a file and putting it back.
class Undisturbed {
public:
    Undisturbed() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~Undisturbed() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;

private:
    sigset_t before_{};
};

// Who uses the object now.
Removal look_again(const ObjectId& id) {
    const Sightings sightings = look_for({id});
    if (!sightings.users.at(id).empty()) {
        return Removal::in_use;
    }
    return sightings.complete ? Removal::removed : Removal::unproven;
}

// 0 or an errno value.
int move(const Place& from, const std::string& to) {
    const int folder = from.folder.get();
    return renameat2(folder, from.file.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0 ? 0
                                                                                           : errno;
}

// The longest names keep their end, so that the file can still be told.
std::string name_aside(const std::string& file) {
    constexpr std::size_t longest = 255;
    const std::string prefix{"crex-aside."};
    const std::size_t room = longest - prefix.size();
    return prefix + (file.size() <= room ? file : file.substr(file.size() - room));
}

void put_back(const Call& call, const Place& aside, const std::string& file) {
    const int error = move(aside, file);
    if (error != 0) {
        throw_errno(call, error,
                    "it is in use after all, and somebody has taken its name meanwhile; it is "
                    "called /" +
                        aside.file + " now");
    }
}

// Moved aside, it cannot be opened by its name any more; who has it by then, is seen. The look
// before that is for what has come into use since it was listed, so that it need not be moved.
Removal remove_file(const Call& call, const Object& object, Place place) {
    const Undisturbed here;
    const std::string file = place.file;
    const std::string aside = name_aside(file);
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    if (const Removal before = look_again(object.id); before != Removal::removed) {
        return before;
    }
    const int error = move(place, aside);
    if (error == ENOENT) {
        return Removal::gone;
    }
    if (error != 0) {
        throw_errno(call, error, error == EEXIST ? "something is called /" + aside : "");
    }
    place.file = aside;
    const Removal found = place.holds(object.id) ? look_again(object.id) : Removal::gone;
    if (found != Removal::removed) {
        put_back(call, place, file);
        return found;
    }
    return unlink(call, place);
}

// Nothing but its queue's name or users makes it useful.
Removal remove_bell(const Call& call, const Object& object, const Place& place) {
    const Inventory now = take_inventory();
    for (const Object& one : now.objects) {
        if (one.id == object.id) {
            return one.state == ObjectState::stale    ? unlink(call, place)
                   : one.state == ObjectState::in_use ? Removal::in_use
                                                      : Removal::unproven;
        }
    }
    return Removal::gone;
}

Removal remove_kernel_queue(const Call& call, const Object& object, const Place& place) {
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    const Removal found = look_again(object.id);
    return found == Removal::removed ? unlink(call, place) : found;
}

// As it is now; nothing when there is none of that number and key any more.
std::optional<Object> sysv_object_now(const Object& object) {
    Findings findings;
    list_sysv(findings);
    for (Found& found : findings.found) {
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

enum class Use { forbids, is_ignored };

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

Removal remove_unused(const Call& call, const Object& object) {
    if (is_sysv(object.kind)) {
        return remove_sysv(call, object, Use::forbids);
    }
    Place place = place_of(call, object);
    if (object.kind == ObjectKind::bell) {
        return remove_bell(call, object, place);
    }
    if (object.kind == ObjectKind::kernel_queue) {
        return remove_kernel_queue(call, object, place);
    }
    return is_robust(object.kind) && object.complaint.empty()
               ? remove_robust(call, object, place)
               : remove_file(call, object, std::move(place));
}

// In turn with those who remove a robust object for being unused.
Removal remove_by_force(const Call& call, const Object& object) {
    const Place place = place_of(call, object);
    const UniqueFd file{::openat(place.folder.get(), place.file.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    std::optional<robust::Lifecycle> turn;
    if (is_robust(object.kind) && file.get() >= 0) {
        turn.emplace(robust::Lifecycle::opening(call, file.get()));
    }
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    const Removal result = unlink(call, place);
    if (object.kind == ObjectKind::robust_queue && object.users.empty() && file.get() >= 0) {
        robust::Bell{file.get()}.remove();
    }
    return result;
}

} // namespace
} // namespace detail

Removal remove_if_stale(const Object& object) {
    if (object.state != ObjectState::stale) {
        return object.state == ObjectState::in_use ? Removal::in_use : Removal::unproven;
    }
    return detail::remove_unused({"remove_if_stale", object.name}, object);
}

Removal remove(const Object& object) {
    const detail::Call call{"remove", object.name};
    return detail::is_sysv(object.kind) ? detail::remove_sysv(call, object, detail::Use::is_ignored)
                                        : detail::remove_by_force(call, object);
}

} // namespace crex
