// SPDX-License-Identifier: BSL-1.0
#include <crex/c/semaphore.h>

#include <crex/semaphore.hpp>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "common/at_once.hpp"

struct crex_semaphore {
    crex::Semaphore object;
};

using namespace crex::c;
using crex::detail::AtOnce;

namespace {

crex::SemaphoreOptions in_cpp(const crex_semaphore_options* given) {
    const auto options = options_from(given, CREX_SEMAPHORE_OPTIONS_INIT);
    return {.mode = options.mode,
            .initial_value = options.initial_value,
            .owner = id_from(options.owner),
            .group = id_from(options.group)};
}

CREX_C_REST int acquire_slowly(crex_semaphore* semaphore, int64_t timeout) {
    return waited("crex_semaphore_acquire", semaphore, "timed out", [&](crex::Semaphore& object) {
        return object.try_acquire_for(timeout_from(timeout));
    });
}

CREX_C_REST int lock_slowly(crex_semaphore* semaphore, int64_t timeout) {
    return waited("crex_semaphore_lock", semaphore, "timed out", [&](crex::Semaphore& object) {
        return object.try_lock_for(timeout_from(timeout));
    });
}

CREX_C_REST int release_slowly(crex_semaphore* semaphore, unsigned n) {
    return called("crex_semaphore_release", semaphore,
                  [&](crex::Semaphore& object) { n == 1 ? object.release() : object.release(n); });
}

} // namespace

int crex_semaphore_open(crex_semaphore** semaphore, const char* name, int flags,
                        const crex_semaphore_options* options) {
    return called(__func__, [&] {
        auto& result = at(semaphore, "semaphore");
        const Place place{name, flags};
        result = new crex_semaphore{crex::Semaphore{place.name, place.flags, in_cpp(options)}};
    });
}

int crex_semaphore_acquire(crex_semaphore* semaphore, int64_t timeout) {
    const bool is_done =
        semaphore != nullptr && is_timeout(timeout) && AtOnce::acquire(semaphore->object);
    return is_done ? 0 : acquire_slowly(semaphore, timeout);
}

int crex_semaphore_lock(crex_semaphore* semaphore, int64_t timeout) {
    const bool is_done =
        semaphore != nullptr && is_timeout(timeout) && AtOnce::acquire(semaphore->object);
    return is_done ? 0 : lock_slowly(semaphore, timeout);
}

int crex_semaphore_release(crex_semaphore* semaphore, unsigned n) {
    const bool is_done = semaphore != nullptr && AtOnce::release(semaphore->object, n);
    return is_done ? 0 : release_slowly(semaphore, n);
}

int crex_semaphore_value(const crex_semaphore* semaphore, unsigned* value) {
    return called(__func__, semaphore,
                  [&](const crex::Semaphore& object) { at(value, "value") = object.value(); });
}

int crex_semaphore_ready_fd(const crex_semaphore* semaphore, int* fd) {
    return called(__func__, semaphore,
                  [&](const crex::Semaphore& object) { at(fd, "fd") = object.ready_fd(); });
}

int crex_semaphore_id(const crex_semaphore* semaphore, crex_object_id* id) {
    return called(__func__, semaphore,
                  [&](const crex::Semaphore& object) { at(id, "id") = in_c(object.id()); });
}

int crex_semaphore_is_linked(const crex_semaphore* semaphore, bool* is_linked) {
    return called(__func__, semaphore, [&](const crex::Semaphore& object) {
        at(is_linked, "is_linked") = object.is_linked();
    });
}

int crex_semaphore_name(const crex_semaphore* semaphore, const char** name) {
    return called(__func__, semaphore,
                  [&](const crex::Semaphore& object) { at(name, "name") = object.name().c_str(); });
}

int crex_semaphore_unlink(crex_semaphore* semaphore) {
    return called(__func__, semaphore, [](crex::Semaphore& object) { object.unlink(); });
}

int crex_unlink_semaphore(const char* name) {
    return called(__func__, [&] { crex::unlink_semaphore(name_from(name)); });
}

int crex_semaphore_close(crex_semaphore* semaphore) {
    return called(__func__, semaphore, [](crex::Semaphore& object) { object.close(); });
}

void crex_semaphore_free(crex_semaphore* semaphore) { delete semaphore; }
