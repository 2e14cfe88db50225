// SPDX-License-Identifier: BSL-1.0
#include <crex/c/robust_semaphore.h>

#include <algorithm>

#include <crex/robust_semaphore.hpp>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "common/at_once.hpp"

struct crex_robust_semaphore {
    crex::RobustSemaphore object;
};

using namespace crex::c;
using crex::detail::AtOnce;

namespace {

crex::Release release_from(int release) {
    switch (release) {
    case CREX_RELEASE_BY_HOLDERS:
        return crex::Release::by_holders;
    case CREX_RELEASE_BY_ANYONE:
        return crex::Release::by_anyone;
    default:
        throw_invalid("options->release is none of CREX_RELEASE_...");
    }
}

crex::RobustSemaphoreOptions in_cpp(const crex_robust_semaphore_options* given) {
    const auto options = options_from(given, CREX_ROBUST_SEMAPHORE_OPTIONS_INIT);
    return {.mode = options.mode,
            .initial_value = options.initial_value,
            .release = release_from(options.release),
            .any_owner = options.any_owner != 0,
            .while_linked = options.while_linked != 0,
            .max_handles = options.max_handles,
            .owner = id_from(options.owner),
            .group = id_from(options.group)};
}

CREX_C_REST int acquire_slowly(crex_robust_semaphore* semaphore, int64_t timeout) {
    return waited("crex_robust_semaphore_acquire", semaphore, "no permit in time",
                  [&](crex::RobustSemaphore& object) {
                      return object.try_acquire_for(timeout_from(timeout));
                  });
}

CREX_C_REST int lock_slowly(crex_robust_semaphore* semaphore, int64_t timeout) {
    return waited(
        "crex_robust_semaphore_lock", semaphore, "no permit in time",
        [&](crex::RobustSemaphore& object) { return object.try_lock_for(timeout_from(timeout)); });
}

CREX_C_REST int release_slowly(crex_robust_semaphore* semaphore, unsigned n) {
    return called("crex_robust_semaphore_release", semaphore,
                  [&](crex::RobustSemaphore& object) { object.release(n); });
}

} // namespace

int crex_robust_semaphore_open(crex_robust_semaphore** semaphore, const char* name, int flags,
                               const crex_robust_semaphore_options* options) {
    return called(__func__, [&] {
        auto& result = at(semaphore, "semaphore");
        const Place place{name, flags};
        result = new crex_robust_semaphore{
            crex::RobustSemaphore{place.name, place.flags, in_cpp(options)}};
    });
}

CREX_C_FAST int crex_robust_semaphore_acquire(crex_robust_semaphore* semaphore, int64_t timeout) {
    const bool is_done =
        semaphore != nullptr && is_timeout(timeout) && AtOnce::acquire(semaphore->object);
    return is_done ? 0 : acquire_slowly(semaphore, timeout);
}

CREX_C_FAST int crex_robust_semaphore_lock(crex_robust_semaphore* semaphore, int64_t timeout) {
    const bool is_done =
        semaphore != nullptr && is_timeout(timeout) && AtOnce::acquire(semaphore->object);
    return is_done ? 0 : lock_slowly(semaphore, timeout);
}

CREX_C_FAST int crex_robust_semaphore_release(crex_robust_semaphore* semaphore, unsigned n) {
    const bool is_done = semaphore != nullptr && AtOnce::release(semaphore->object, n);
    return is_done ? 0 : release_slowly(semaphore, n);
}

int crex_robust_semaphore_previous_holder_died(const crex_robust_semaphore* semaphore, bool* died) {
    return called(__func__, semaphore, [&](const crex::RobustSemaphore& object) {
        at(died, "died") = object.previous_holder_died();
    });
}

int crex_robust_semaphore_value(const crex_robust_semaphore* semaphore, unsigned* value) {
    return called(__func__, semaphore, [&](const crex::RobustSemaphore& object) {
        at(value, "value") = object.value();
    });
}

int crex_robust_semaphore_held(const crex_robust_semaphore* semaphore, unsigned* held) {
    return called(__func__, semaphore,
                  [&](const crex::RobustSemaphore& object) { at(held, "held") = object.held(); });
}

int crex_robust_semaphore_holders(const crex_robust_semaphore* semaphore,
                                  crex_permit_holder* holders, size_t room, size_t* count) {
    return called(__func__, semaphore, [&](const crex::RobustSemaphore& object) {
        std::size_t& how_many = at(count, "count");
        check_array(holders, room, "holders");
        const auto found = object.holders();
        how_many = found.size();
        const auto shown = static_cast<std::ptrdiff_t>(std::min(room, found.size()));
        std::transform(found.begin(), found.begin() + shown, holders,
                       [](const crex::PermitHolder& holder) {
                           return crex_permit_holder{holder.pid, holder.permits};
                       });
    });
}

int crex_robust_semaphore_permit_fd(crex_robust_semaphore* semaphore, int* fd) {
    return called(__func__, semaphore, [&](crex::RobustSemaphore& object) {
        int& result = at(fd, "fd");
        result = object.permit_fd();
    });
}

int crex_robust_semaphore_ready_fd(const crex_robust_semaphore* semaphore, int* fd) {
    return called(__func__, semaphore,
                  [&](const crex::RobustSemaphore& object) { at(fd, "fd") = object.ready_fd(); });
}

int crex_robust_semaphore_id(const crex_robust_semaphore* semaphore, crex_object_id* id) {
    return called(__func__, semaphore,
                  [&](const crex::RobustSemaphore& object) { at(id, "id") = in_c(object.id()); });
}

int crex_robust_semaphore_is_linked(const crex_robust_semaphore* semaphore, bool* is_linked) {
    return called(__func__, semaphore, [&](const crex::RobustSemaphore& object) {
        at(is_linked, "is_linked") = object.is_linked();
    });
}

int crex_robust_semaphore_name(const crex_robust_semaphore* semaphore, const char** name) {
    return called(__func__, semaphore, [&](const crex::RobustSemaphore& object) {
        at(name, "name") = object.name().c_str();
    });
}

int crex_robust_semaphore_unlink(crex_robust_semaphore* semaphore) {
    return called(__func__, semaphore, [](crex::RobustSemaphore& object) { object.unlink(); });
}

int crex_unlink_robust_semaphore(const char* name) {
    return called(__func__, [&] { crex::unlink_robust_semaphore(name_from(name)); });
}

int crex_robust_semaphore_close(crex_robust_semaphore* semaphore) {
    return called(__func__, semaphore, [](crex::RobustSemaphore& object) { object.close(); });
}

void crex_robust_semaphore_free(crex_robust_semaphore* semaphore) { delete semaphore; }
