// SPDX-License-Identifier: BSL-1.0
#include <string.h>
#include <unistd.h>

#include "checks.h"

static void hold_all_permits(void) {
    crex_robust_semaphore* semaphore = NULL;
    if (crex_robust_semaphore_open(&semaphore, name, 0, NULL) != 0 ||
        crex_robust_semaphore_acquire(semaphore, CREX_NO_TIMEOUT) != 0 ||
        crex_robust_semaphore_lock(semaphore, milliseconds(1000)) != 0) {
        _exit(1);
    }
    ready();
}

static void check_death(crex_robust_semaphore* semaphore) {
    bool died = false;
    in_a_killed_child(hold_all_permits);
    OK(crex_robust_semaphore_acquire(semaphore, CREX_NO_TIMEOUT));
    OK(crex_robust_semaphore_previous_holder_died(semaphore, &died));
    CHECK(died);
    OK(crex_robust_semaphore_acquire(semaphore, CREX_DO_NOT_WAIT));
}

// They are wrong also where the call need not wait.
static void check_bad_arguments(crex_robust_semaphore* semaphore) {
    FAILS(EINVAL, NULL, crex_robust_semaphore_acquire(semaphore, -2));
    FAILS(EINVAL, NULL, crex_robust_semaphore_lock(semaphore, INT64_MIN));
    FAILS(EINVAL, "crex_robust_semaphore_acquire(): the handle is a null pointer",
          crex_robust_semaphore_acquire(NULL, CREX_NO_TIMEOUT));
    FAILS(EINVAL, "crex_robust_semaphore_lock(): the handle is a null pointer",
          crex_robust_semaphore_lock(NULL, CREX_DO_NOT_WAIT));
    FAILS(EINVAL, "crex_robust_semaphore_release(): the handle is a null pointer",
          crex_robust_semaphore_release(NULL, 1));
}

static void check_holders(crex_robust_semaphore* semaphore) {
    crex_permit_holder holders[2] = {{0, 0}, {0, 0}};
    size_t count = 0;
    unsigned number = 99;
    OK(crex_robust_semaphore_value(semaphore, &number));
    CHECK(number == 0);
    OK(crex_robust_semaphore_held(semaphore, &number));
    CHECK(number == 2);
    OK(crex_robust_semaphore_holders(semaphore, holders, 2, &count));
    CHECK(count == 1 && holders[0].pid == getpid() && holders[0].permits == 2);
    count = 0;
    OK(crex_robust_semaphore_holders(semaphore, NULL, 0, &count));
    CHECK(count == 1);
    FAILS(EINVAL, "crex_robust_semaphore_holders(): holders is a null pointer",
          crex_robust_semaphore_holders(semaphore, NULL, 2, &count));
    FAILS(EINVAL, "crex_robust_semaphore_holders(): count is a null pointer",
          crex_robust_semaphore_holders(semaphore, holders, 2, NULL));
}

static void check_permits(crex_robust_semaphore* semaphore) {
    FAILS(ETIMEDOUT, "crex_robust_semaphore_acquire(\"%s\"): no permit in time",
          crex_robust_semaphore_acquire(semaphore, CREX_DO_NOT_WAIT));
    FAILS(ETIMEDOUT, "crex_robust_semaphore_lock(\"%s\"): no permit in time",
          crex_robust_semaphore_lock(semaphore, milliseconds(5)));
    OK(crex_robust_semaphore_release(semaphore, 2));
    FAILS(EPERM, NULL, crex_robust_semaphore_release(semaphore, 1));
}

static void check_descriptors(crex_robust_semaphore* semaphore) {
    int fd = -1;
    OK(crex_robust_semaphore_ready_fd(semaphore, &fd));
    CHECK(becomes_readable(fd));
    OK(crex_robust_semaphore_acquire(semaphore, 0));
    fd = -1;
    OK(crex_robust_semaphore_permit_fd(semaphore, &fd));
    CHECK(fd >= 0);
    OK(crex_robust_semaphore_release(semaphore, 1));
    FAILS(EINVAL, NULL, crex_robust_semaphore_permit_fd(semaphore, NULL));
}

static void check_identity(crex_robust_semaphore* semaphore) {
    crex_object_id id = {0, 0};
    bool is_linked = false;
    const char* its_name = NULL;
    OK(crex_robust_semaphore_id(semaphore, &id));
    CHECK(id.inode != 0);
    OK(crex_robust_semaphore_name(semaphore, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    OK(crex_robust_semaphore_is_linked(semaphore, &is_linked));
    CHECK(is_linked);
    OK(crex_robust_semaphore_unlink(semaphore));
    FAILS(ENOENT, NULL, crex_unlink_robust_semaphore(name));
}

static void check_options(void) {
    crex_robust_semaphore_options options = CREX_ROBUST_SEMAPHORE_OPTIONS_INIT;
    crex_robust_semaphore* semaphore = NULL;
    unsigned value = 0;
    options.release = 7;
    FAILS(EINVAL, "crex_robust_semaphore_open(): options->release is none of CREX_RELEASE_...",
          crex_robust_semaphore_open(&semaphore, name, CREX_CREX, &options));
    options.release = CREX_RELEASE_BY_ANYONE;
    options.reserved = 1;
    FAILS(EINVAL, "crex_robust_semaphore_open(): options->reserved is not 0",
          crex_robust_semaphore_open(&semaphore, name, CREX_CREX, &options));
    options.reserved = 0;
    options.initial_value = 0;
    OK(crex_robust_semaphore_open(&semaphore, name, CREX_CREX, &options));
    OK(crex_robust_semaphore_release(semaphore, 1));
    OK(crex_robust_semaphore_value(semaphore, &value));
    CHECK(value == 1);
    OK(crex_unlink_robust_semaphore(name));
    crex_robust_semaphore_free(semaphore);
}

static void check_removed_name(void) {
    crex_robust_semaphore_options options = CREX_ROBUST_SEMAPHORE_OPTIONS_INIT;
    crex_robust_semaphore* semaphore = NULL;
    options.initial_value = 0;
    options.while_linked = 1;
    OK(crex_robust_semaphore_open(&semaphore, name, CREX_CREX, &options));
    OK(crex_unlink_robust_semaphore(name));
    FAILS(ENOENT, NULL, crex_robust_semaphore_acquire(semaphore, CREX_NO_TIMEOUT));
    crex_robust_semaphore_free(semaphore);
}

void check_robust_semaphore(void) {
    crex_robust_semaphore_options options = CREX_ROBUST_SEMAPHORE_OPTIONS_INIT;
    crex_robust_semaphore* semaphore = NULL;
    check_options();
    check_removed_name();
    options.initial_value = 2;
    OK(crex_robust_semaphore_open(&semaphore, name, CREX_CREX, &options));
    check_bad_arguments(semaphore);
    check_death(semaphore);
    check_holders(semaphore);
    check_permits(semaphore);
    check_descriptors(semaphore);
    check_identity(semaphore);
    FAILS(EINVAL, "crex_robust_semaphore_held(): the handle is a null pointer",
          crex_robust_semaphore_held(NULL, &options.mode));
    OK(crex_robust_semaphore_close(semaphore));
    FAILS(EBADF, "crex_robust_semaphore_acquire(\"%s\"): the handle is closed",
          crex_robust_semaphore_acquire(semaphore, 0));
    crex_robust_semaphore_free(semaphore);
    crex_robust_semaphore_free(NULL);
}
