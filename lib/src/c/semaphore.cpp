// SPDX-License-Identifier: BSL-1.0
#include <crex/c/semaphore.h>

#include <crex/semaphore.hpp>

#include "c/arguments.hpp"
#include "c/call.hpp"

struct crex_semaphore {
    crex::Semaphore object;
};

using namespace crex::c;

namespace {

crex::SemaphoreOptions in_cpp(const crex_semaphore_options* given) {
    const auto options = options_from(given, CREX_SEMAPHORE_OPTIONS_INIT);
    return {.mode = options.mode,
            .initial_value = options.initial_value,
            .owner = id_from(options.owner),
            .group = id_from(options.group)};
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
    return waited(__func__, semaphore, "timed out", [&](crex::Semaphore& object) {
        if (timeout == CREX_NO_TIMEOUT) {
            object.acquire();
            return true;
        }
        return object.try_acquire_for(timeout_from(timeout));
    });
}

int crex_semaphore_lock(crex_semaphore* semaphore, int64_t timeout) {
    return waited(__func__, semaphore, "timed out", [&](crex::Semaphore& object) {
        if (timeout == CREX_NO_TIMEOUT) {
            object.lock();
            return true;
        }
        return object.try_lock_for(timeout_from(timeout));
    });
}

int crex_semaphore_release(crex_semaphore* semaphore, unsigned n) {
    return called(__func__, semaphore, [&](crex::Semaphore& object) {
        if (n == 1) {
            object.release();
        } else {
            object.release(n);
        }
    });
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
