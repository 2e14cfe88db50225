// SPDX-License-Identifier: BSL-1.0
#include "robust/lifecycle.hpp"

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "common/named_file.hpp"
#include "platform/byte_lock.hpp"
#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "robust/layout.hpp"

namespace crex::detail::robust {

using namespace std::chrono_literals;

// If the file cannot be locked at all, taking the liveness lock will say so.
Lifecycle Lifecycle::opening(const Call& call, int fd, const Deadline& deadline) {
    const CancellationHeld held;
    while (share_byte(fd, lifecycle_byte) == ByteLock::another_s) {
        if (deadline.passed()) {
            throw_errno(call, EBUSY, "another process is removing it, and does not finish");
        }
        std::this_thread::sleep_for(50us);
    }
    return Lifecycle{fd};
}

std::optional<Lifecycle> Lifecycle::removing(int fd, const Deadline& deadline) {
    const CancellationHeld held;
    for (;;) {
        switch (lock_byte(fd, lifecycle_byte)) {
        case ByteLock::ours:
            return Lifecycle{fd};
        case ByteLock::impossible:
            return std::nullopt;
        case ByteLock::another_s:
            if (deadline.passed()) {
                return std::nullopt;
            }
            std::this_thread::sleep_for(50us);
        }
    }
}

Lifecycle::~Lifecycle() {
    if (fd_ >= 0) {
        end_opening(fd_);
    }
}

void end_opening(int fd) noexcept { unlock_byte(fd, lifecycle_byte); }

bool is_used(int fd) {
    return any_byte_is_locked(fd, 0, lifecycle_byte) || any_byte_is_locked(fd, lifecycle_byte + 1);
}

// The name is checked before any lock is taken: the number may stand for another file by now.
Alone::Alone(int fd, std::string path, const Deadline& deadline)
    : path_{std::move(path)}, state_{State::gone} {
    if (!is_named(fd)) {
        return;
    }
    if (is_used(fd)) { // the last of them will check, too
        state_ = State::in_use;
        return;
    }
    if (auto door = Lifecycle::removing(fd, deadline)) {
        door_.emplace(*std::move(door));
    }
    if (!door_ || is_used(fd)) {
        state_ = State::in_use;
    } else if (is_named(fd)) {
        state_ = State::yes;
    }
}

bool Alone::is_named(int fd) const {
    const auto file = status_of(fd);
    const auto named = status_of(path_);
    return file && named && id_of(*file) == id_of(*named);
}

int Alone::unlink() const { return ::unlink(path_.c_str()) == 0 || errno == ENOENT ? 0 : errno; }

int remove_if_unused(int fd, const std::string& path, const Deadline& deadline) {
    const Alone alone{fd, path, deadline};
    return alone.state() == Alone::State::yes ? alone.unlink() : 0;
}

void unlink_in_turn(const Call& call, const std::string& path, const Deadline& deadline) {
    const CancellationHeld held;
    for (;;) {
        const UniqueFd file{
            ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)};
        std::optional<Lifecycle> turn;
        if (file.get() >= 0) {
            turn.emplace(Lifecycle::opening(call, file.get(), deadline));
            const auto locked = status_of(file.get());
            const auto named = status_of(path);
            if (locked && named && id_of(*locked) != id_of(*named)) {
                continue; // another object has the name by now
            }
        }
        if (::unlink(path.c_str()) != 0) {
            throw_file_errno(call, errno, path);
        }
        return;
    }
}

} // namespace crex::detail::robust
