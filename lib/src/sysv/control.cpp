// SPDX-License-Identifier: BSL-1.0
#include "sysv/control.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>

#include "platform/cancellation.hpp"

namespace crex::detail {

void throw_removed(const Call& call) { throw_errno(call, EIDRM, "it has been removed"); }

void throw_object_errno(const Call& call, int error) {
    if (error == EINVAL || error == EIDRM) {
        throw_removed(call);
    }
    throw_errno(call, error);
}

int control_semaphore(const Call& call, int id, int number, int command,
                      SemaphoreArgument argument) {
    const int answer = semctl(id, number, command, argument);
    if (answer < 0) {
        throw_object_errno(call, errno);
    }
    return answer;
}

semid_ds semaphore_status(const Call& call, int id) {
    semid_ds status{};
    control_semaphore(call, id, 0, IPC_STAT, {.status = &status});
    return status;
}

shmid_ds memory_status(const Call& call, int id) {
    shmid_ds status{};
    if (shmctl(id, IPC_STAT, &status) != 0) {
        throw_object_errno(call, errno);
    }
    return status;
}

msqid_ds queue_status(const Call& call, int id) {
    msqid_ds status{};
    if (msgctl(id, IPC_STAT, &status) != 0) {
        throw_object_errno(call, errno);
    }
    return status;
}

sysv::Moment moment_of(std::time_t seconds) {
    return seconds == 0 ? sysv::Moment{} : std::chrono::system_clock::from_time_t(seconds);
}

std::string kernel_setting(const char* name) {
    const CancellationHeld held;
    std::ifstream file{"/proc/sys/kernel/" + std::string{name}};
    std::string line;
    std::getline(file, line);
    std::replace(line.begin(), line.end(), '\t', ' ');
    return line;
}

std::size_t number_in(const std::string& setting) {
    std::size_t number = 0;
    std::from_chars(setting.data(), setting.data() + setting.size(), number);
    return number;
}

} // namespace crex::detail
