// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <ctime>
#include <string>

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <crex/sysv/object.hpp>

#include "common/errors.hpp"

// semctl(2), shmctl(2) and msgctl(2), speaking in errors.

namespace crex::detail {

// EINVAL and EIDRM for an id are both "no such object", once the arguments are known to be good.
[[noreturn]] void throw_removed(const Call& call);

// Throws what `error` means for an object that has been found to exist: it may be gone by now.
[[noreturn]] void throw_object_errno(const Call& call, int error);

// semctl(2), whose last argument the C library leaves untyped.
union SemaphoreArgument {
    int value;
    semid_ds* status;
    unsigned short* values;
};

// Answers what semctl(2) answers; throws where it fails.
int control_semaphore(const Call& call, int id, int number, int command,
                      SemaphoreArgument argument = {});

// IPC_STAT. The object is the call's.
semid_ds semaphore_status(const Call& call, int id);
shmid_ds memory_status(const Call& call, int id);
msqid_ds queue_status(const Call& call, int id);

// What the kernel counts in seconds, and 0 is never.
sysv::Moment moment_of(std::time_t seconds);

// What is in /proc/sys/kernel/NAME, in one line; empty where there is no such file.
std::string kernel_setting(const char* name);

// The number that a setting is; 0 where it is none.
std::size_t number_in(const std::string& setting);

} // namespace crex::detail
