// SPDX-License-Identifier: BSL-1.0
#include "inventory/removal.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inventory/contents.hpp"
#include "inventory/directory.hpp"
#include "inventory/scan.hpp"
#include "message_queue/robust/poll_fifo.hpp"
#include "platform/cancellation.hpp"
#include "robust/lifecycle.hpp"

namespace crex {
namespace detail {

Removal unlink(const Call& call, const Place& place) {
    if (unlinkat(place.directory.get(), place.file.c_str(), 0) == 0) {
        return Removal::removed;
    }
    if (errno != ENOENT) {
        throw_errno(call, errno);
    }
    return Removal::gone;
}

Removal look_again(const ObjectId& id) {
    const Sightings sightings = look_for({id});
    if (!sightings.users.at(id).empty()) {
        return Removal::in_use;
    }
    return sightings.complete ? Removal::removed : Removal::unproven;
}

Removal LastLook::now() const {
    switch (others_.found()) {
    case FileLease::Others::none:
        return others_.have_come() ? Removal::in_use : Removal::removed;
    case FileLease::Others::some:
        return Removal::in_use;
    case FileLease::Others::unknown:
        break;
    }
    return look_again(id_);
}

// Holds the lock that openers share, so that no process opens the object while this looks for
// users.
Removal remove_robust(const Call& call, const Object& object, const Place& place) {
    const UniqueFd file{::openat(place.directory.get(), place.file.c_str(),
                                 O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (file.get() < 0 && errno != ENOENT) {
        throw_errno(call, errno);
    }
    const auto status = status_of(file.get());
    if (!status || id_of(*status) != object.id) {
        return Removal::gone;
    }
    const robust::Alone alone{file.get(), place.path(), Deadline{do_not_wait}};
    if (alone.state() != robust::Alone::State::yes) {
        return alone.state() == robust::Alone::State::gone ? Removal::gone : Removal::in_use;
    }
    FoundObject found{object, false};
    found.object.users.clear();
    describe(found.object, *status);
    read_robust(found, file.get());
    if (!found.object.users.empty()) {
        return Removal::in_use;
    }
    if (!found.is_certain || (found.object.may_have_content && !object.may_have_content)) {
        return Removal::unproven;
    }
    if (const int error = alone.unlink(); error != 0) {
        throw_errno(call, error);
    }
    if (object.kind == ObjectKind::robust_queue) {
        robust::PollFifo::remove(file.get());
    }
    return Removal::removed;
}

Removal remove_kernel_queue(const Call& call, const Object& object, const Place& place) {
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    const LastLook look{place, object.id};
    const Removal found = look.now();
    return found == Removal::removed ? unlink(call, place) : found;
}

namespace {

// A poll FIFO is useful only while its queue has a name or users.
Removal remove_poll_fifo(const Call& call, const Object& object, const Place& place) {
    const Inventory now = list_objects();
    for (const Object& one : now.objects) {
        if (one.id == object.id) {
            return one.state == ObjectState::stale    ? unlink(call, place)
                   : one.state == ObjectState::in_use ? Removal::in_use
                                                      : Removal::unproven;
        }
    }
    return Removal::gone;
}

Place opened_place_of(const Call& call, const Object& object) {
    Place place = place_of(object);
    if (place.directory.get() < 0) {
        throw_errno(call, errno, "there is no way to look at its file");
    }
    return place;
}

Removal remove_unused(const Call& call, const Object& object) {
    if (is_sysv(object.kind)) {
        return remove_sysv(call, object, Use::forbids);
    }
    Place place = opened_place_of(call, object);
    if (object.kind == ObjectKind::poll_fifo) {
        return remove_poll_fifo(call, object, place);
    }
    if (object.kind == ObjectKind::kernel_queue) {
        return remove_kernel_queue(call, object, place);
    }
    return is_robust(object.kind) && object.problem.empty()
               ? remove_robust(call, object, place)
               : remove_file(call, object, std::move(place));
}

// Shares the openers' lock, so that remove_robust() does not remove the object at the same time.
Removal remove_by_force(const Call& call, const Object& object) {
    const Place place = opened_place_of(call, object);
    const UniqueFd file{::openat(place.directory.get(), place.file.c_str(),
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
        robust::PollFifo::remove(file.get());
    }
    return result;
}

} // namespace
} // namespace detail

Removal remove_if_stale(const Object& object) {
    const detail::CancellationHeld held;
    if (object.state == ObjectState::in_use) {
        detail::put_back_what_was_moved_aside(object);
        return Removal::in_use;
    }
    if (object.state != ObjectState::stale) {
        return Removal::unproven;
    }
    return detail::remove_unused({"remove_if_stale", object.name}, object);
}

Removal remove(const Object& object) {
    const detail::CancellationHeld held;
    const detail::Call call{"remove", object.name};
    return detail::is_sysv(object.kind) ? detail::remove_sysv(call, object, detail::Use::is_ignored)
                                        : detail::remove_by_force(call, object);
}

} // namespace crex
