// SPDX-License-Identifier: BSL-1.0
#include "robust/lifecycle.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "named_file.hpp"
#include "platform/byte_lock.hpp"
#include "platform/deadline.hpp"
#include "platform/file.hpp"
#include "robust/layout.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

// Where there are no locks at all, the beacon will tell.
Lifecycle Lifecycle::opening(const Call& call, int fd) {
    const Deadline deadline{10s};
    while (share_byte(fd, lifecycle_byte) == ByteLock::another_s) {
        if (deadline.passed()) {
            throw_errno(call, EBUSY, "somebody is removing it, and does not come to an end");
        }
        std::this_thread::sleep_for(50us);
    }
    return Lifecycle{fd};
}

std::optional<Lifecycle> Lifecycle::removing(int fd) {
    if (lock_byte(fd, lifecycle_byte) != ByteLock::ours) {
        return std::nullopt;
    }
    return Lifecycle{fd};
}

Lifecycle::~Lifecycle() {
    if (fd_ >= 0) {
        end_opening(fd_);
    }
}

void end_opening(int fd) noexcept { unlock_byte(fd, lifecycle_byte); }

void unlink_in_turn(const Call& call, const std::string& path) {
    for (;;) {
        const UniqueFd file{
            ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)};
        std::optional<Lifecycle> turn;
        if (file.get() >= 0) {
            turn.emplace(Lifecycle::opening(call, file.get()));
            const auto locked = status_of(file.get());
            const auto named = status_of(path);
            if (locked && named && id_of(*locked) != id_of(*named)) {
                continue; // another one, by now
            }
        }
        if (::unlink(path.c_str()) != 0) {
            throw_file_errno(call, errno, path);
        }
        return;
    }
}

} // namespace crex::detail::robust
