// SPDX-License-Identifier: BSL-1.0
#include <limits.h>
#include <semaphore.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "checks.h"

static crex_semaphore* waited_for;

static void check_opening(void) {
    crex_semaphore* semaphore = NULL;
    crex_semaphore* other = NULL;
    FAILS(ENOENT, NULL, crex_semaphore_open(&semaphore, name, 0, NULL));
    CHECK(semaphore == NULL);
    OK(crex_semaphore_open(&semaphore, name, CREX_CREX, NULL));
    FAILS(EEXIST, NULL, crex_semaphore_open(&other, name, CREX_CREX, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_open(&other, "no-slash", 0, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_open(&other, name, 1 << 20, NULL));
    FAILS(EINVAL, "crex_semaphore_open(): the name is a null pointer",
          crex_semaphore_open(&other, NULL, CREX_CREX, NULL));
    FAILS(EINVAL, "crex_semaphore_open(): semaphore is a null pointer",
          crex_semaphore_open(NULL, name, 0, NULL));
    FAILS(EINVAL, "crex_semaphore_open(): CREX_RANDOM_NAME goes with a null pointer for the name",
          crex_semaphore_open(&other, name, CREX_CREX | CREX_RANDOM_NAME, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_open(&other, NULL, CREX_RANDOM_NAME, NULL));
    CHECK(other == NULL);
    OK(crex_semaphore_open(&other, name, CREX_CREAT, NULL));
    crex_semaphore_free(other);
    OK(crex_unlink_semaphore(name));
    FAILS(ENOENT, NULL, crex_unlink_semaphore(name));
    FAILS(EINVAL, "crex_unlink_semaphore(): the name is a null pointer",
          crex_unlink_semaphore(NULL));
    crex_semaphore_free(semaphore);
}

static void check_random_name(void) {
    crex_semaphore* semaphore = NULL;
    const char* its_name = NULL;
    OK(crex_semaphore_open(&semaphore, NULL, CREX_CREX | CREX_RANDOM_NAME, NULL));
    OK(crex_semaphore_name(semaphore, &its_name));
    CHECK(its_name[0] == '/' && its_name[1] != '\0');
    OK(crex_semaphore_unlink(semaphore));
    crex_semaphore_free(semaphore);
}

static void check_permits(crex_semaphore* semaphore) {
    unsigned value = 99;
    OK(crex_semaphore_value(semaphore, &value));
    CHECK(value == 2);
    OK(crex_semaphore_acquire(semaphore, CREX_NO_TIMEOUT));
    OK(crex_semaphore_lock(semaphore, CREX_NO_TIMEOUT));
    FAILS(ETIMEDOUT, "crex_semaphore_acquire(\"%s\"): timed out",
          crex_semaphore_acquire(semaphore, CREX_DO_NOT_WAIT));
    FAILS(ETIMEDOUT, "crex_semaphore_acquire(\"%s\"): timed out",
          crex_semaphore_acquire(semaphore, milliseconds(5)));
    FAILS(ETIMEDOUT, "crex_semaphore_lock(\"%s\"): timed out",
          crex_semaphore_lock(semaphore, milliseconds(5)));
    FAILS(EINVAL,
          "crex_semaphore_acquire(): the timeout is -2 ns; it must be CREX_NO_TIMEOUT (-1), 0 or "
          "more",
          crex_semaphore_acquire(semaphore, -2));
    OK(crex_semaphore_release(semaphore, 3));
    OK(crex_semaphore_release(semaphore, 1));
    OK(crex_semaphore_value(semaphore, &value));
    CHECK(value == 4);
    FAILS(EINVAL, NULL, crex_semaphore_acquire(semaphore, -2)); // also where it need not wait
    FAILS(EINVAL, NULL, crex_semaphore_lock(semaphore, INT64_MIN));
    FAILS(EINVAL, "crex_semaphore_acquire(): the handle is a null pointer",
          crex_semaphore_acquire(NULL, CREX_NO_TIMEOUT));
    FAILS(EINVAL, "crex_semaphore_lock(): the handle is a null pointer",
          crex_semaphore_lock(NULL, CREX_DO_NOT_WAIT));
    FAILS(EINVAL, "crex_semaphore_release(): the handle is a null pointer",
          crex_semaphore_release(NULL, 1));
    OK(crex_semaphore_release(semaphore, 0));
    OK(crex_semaphore_value(semaphore, &value));
    CHECK(value == 4);
    FAILS(EOVERFLOW, NULL, crex_semaphore_release(semaphore, 0xFFFFFFFF));
    OK(crex_semaphore_acquire(semaphore, INT64_MAX));
}

// A program that uses <semaphore.h> waits, and must be woken.
static void wait_as_another_program(void) {
    sem_t* const semaphore = sem_open(name, 0);
    ready();
    _exit(semaphore != SEM_FAILED && sem_wait(semaphore) == 0 ? 0 : 1);
}

static void wait_with_a_limit(void) {
    ready();
    _exit(crex_semaphore_acquire(waited_for, milliseconds(60000)));
}

static void check_waking(crex_semaphore* semaphore) {
    void (*const waiters[])(void) = {wait_as_another_program, wait_with_a_limit};
    unsigned value = 99;
    waited_for = semaphore;
    while (crex_semaphore_acquire(semaphore, CREX_DO_NOT_WAIT) == 0) {
    }
    for (int i = 0; i < 10; ++i) {
        const pid_t first = start(waiters[i % 2]);
        const pid_t second = start(waiters[i / 2 % 2]);
        usleep(5000); // they probably sleep by now
        OK(crex_semaphore_release(semaphore, 1));
        OK(crex_semaphore_release(semaphore, 1));
        CHECK(end_of(first) == 0 && end_of(second) == 0);
    }
    OK(crex_semaphore_value(semaphore, &value));
    CHECK(value == 0);
}

static void check_maximum(void) {
    crex_semaphore_options options = CREX_SEMAPHORE_OPTIONS_INIT;
    crex_semaphore* semaphore = NULL;
    unsigned value = 0;
    options.initial_value = SEM_VALUE_MAX - 1;
    OK(crex_semaphore_open(&semaphore, NULL, CREX_CREX | CREX_RANDOM_NAME, &options));
    OK(crex_semaphore_unlink(semaphore));
    OK(crex_semaphore_release(semaphore, 1));
    FAILS(EOVERFLOW, NULL, crex_semaphore_release(semaphore, 1));
    OK(crex_semaphore_value(semaphore, &value));
    CHECK(value == SEM_VALUE_MAX);
    OK(crex_semaphore_acquire(semaphore, CREX_DO_NOT_WAIT));
    OK(crex_semaphore_release(semaphore, 1));
    crex_semaphore_free(semaphore);
}

static void check_signals(crex_semaphore* semaphore) {
    const struct itimerval never = {{0, 0}, {0, 0}};
    while (crex_semaphore_acquire(semaphore, CREX_DO_NOT_WAIT) == 0) {
    }
    interrupt_soon();
    FAILS(EINTR, NULL, crex_semaphore_acquire(semaphore, CREX_NO_TIMEOUT));
    FAILS(ETIMEDOUT, NULL, crex_semaphore_lock(semaphore, milliseconds(60)));
    setitimer(ITIMER_REAL, &never, NULL);
}

static void check_identity(crex_semaphore* semaphore) {
    crex_object_id id = {0, 0};
    bool is_linked = false;
    const char* its_name = NULL;
    int fd = -1;
    OK(crex_semaphore_id(semaphore, &id));
    CHECK(id.inode != 0);
    OK(crex_semaphore_name(semaphore, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    OK(crex_semaphore_ready_fd(semaphore, &fd));
    OK(crex_semaphore_release(semaphore, 1));
    CHECK(becomes_readable(fd));
    OK(crex_semaphore_is_linked(semaphore, &is_linked));
    CHECK(is_linked);
    OK(crex_semaphore_unlink(semaphore));
    OK(crex_semaphore_is_linked(semaphore, &is_linked));
    CHECK(!is_linked);
    FAILS(ENOENT, NULL, crex_semaphore_unlink(semaphore));
}

static void check_null_pointers(crex_semaphore* semaphore) {
    FAILS(EINVAL, "crex_semaphore_acquire(): the handle is a null pointer",
          crex_semaphore_acquire(NULL, 0));
    FAILS(EINVAL, NULL, crex_semaphore_lock(NULL, 0));
    FAILS(EINVAL, NULL, crex_semaphore_release(NULL, 1));
    FAILS(EINVAL, NULL, crex_semaphore_close(NULL));
    FAILS(EINVAL, "crex_semaphore_value(): value is a null pointer",
          crex_semaphore_value(semaphore, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_ready_fd(semaphore, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_id(semaphore, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_is_linked(semaphore, NULL));
    FAILS(EINVAL, NULL, crex_semaphore_name(semaphore, NULL));
    crex_semaphore_free(NULL);
}

void check_semaphore(void) {
    crex_semaphore_options options = CREX_SEMAPHORE_OPTIONS_INIT;
    crex_semaphore* semaphore = NULL;
    const char* its_name = NULL;
    check_opening();
    check_random_name();
    check_maximum();
    options.initial_value = 2;
    OK(crex_semaphore_open(&semaphore, name, CREX_CREX, &options));
    check_permits(semaphore);
    check_waking(semaphore);
    check_signals(semaphore);
    check_identity(semaphore);
    check_null_pointers(semaphore);
    OK(crex_semaphore_close(semaphore));
    OK(crex_semaphore_close(semaphore));
    FAILS(EBADF, "crex_semaphore_release(\"%s\"): the handle is closed",
          crex_semaphore_release(semaphore, 1));
    OK(crex_semaphore_name(semaphore, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    crex_semaphore_free(semaphore);
}
