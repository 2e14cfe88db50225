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

// semctl(2), shmctl(2) and msgctl(2), with exceptions for errors.

namespace crex::detail {

// EINVAL and EIDRM for an id both mean "no such object", once the arguments are known to be good.
[[noreturn]] void throw_removed(const Call& call);

// Throws what `error` means for an object that was found to exist and may be gone by now.
[[noreturn]] void throw_object_errno(const Call& call, int error);

// The last argument of semctl(2), which the C library leaves untyped.
union SemaphoreArgument {
    int value;
    semid_ds* status;
    unsigned short* values;
};

// Returns what semctl(2) returns; throws when it fails.
int control_semaphore(const Call& call, int id, int number, int command,
                      SemaphoreArgument argument = {});

// IPC_STAT. `call` names the object in errors.
semid_ds semaphore_status(const Call& call, int id);
shmid_ds memory_status(const Call& call, int id);
msqid_ds queue_status(const Call& call, int id);

// Converts the kernel's time in seconds since 1970, where 0 is never.
sysv::Moment moment_of(std::time_t seconds);

// The first line of /proc/sys/kernel/NAME; empty when there is no such file.
std::string kernel_setting(const char* name);

// The number that a setting begins with; 0 when there is none.
std::size_t number_in(const std::string& setting);

} // namespace crex::detail
