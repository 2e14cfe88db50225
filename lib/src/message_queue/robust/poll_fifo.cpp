// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/poll_fifo.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/cancellation.hpp"
#include "platform/fork.hpp"

namespace crex::detail::robust {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t room = 2 * page;

} // namespace

PollFifo::PollFifo(int queue_fd, std::atomic<std::uint32_t>& shown)
    : queue_fd_{queue_fd}, shown_{shown} {}

// The name contains the number of the queue's inode. It is this queue's as long as a process uses
// the queue, whatever becomes of the queue's name.
std::string PollFifo::path_for(int queue_fd) {
    std::array<char, 16> digits{};
    const auto status = status_of(queue_fd);
    const std::uint64_t inode = status ? status->st_ino : 0;
    auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), inode, 16).ptr;
    return shared_memory_path("/crex-poll." + std::string{digits.data(), end});
}

void PollFifo::make(const Call& call) const {
    const std::string its_path = path();
    const auto queue = status_of(queue_fd_);
    remove();
    if (!queue || mkfifo(its_path.c_str(), 0600) != 0 ||
        (queue->st_gid != getegid() &&
         lchown(its_path.c_str(), static_cast<uid_t>(-1), queue->st_gid) != 0) ||
        chmod(its_path.c_str(), (queue->st_mode & 0666) | 0600) != 0) {
        const int error = errno;
        remove();
        throw_errno(call, error, "the FIFO " + its_path + " cannot be made");
    }
}

bool PollFifo::open(const Call& call) {
    if (is_open()) {
        return true;
    }
    const CancellationHeld held;
    const std::string its_path = path();
    UniqueFd fifo{::open(its_path.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
    if (fifo.get() < 0 && errno == ENOENT) {
        return false;
    }
    if (fifo.get() < 0) {
        throw_errno(call, errno, "no access to the FIFO " + its_path);
    }
    if (!belongs_to_queue(fifo.get())) {
        throw_corrupt(call, its_path + " is not this queue's FIFO");
    }
    fcntl(fifo.get(), F_SETPIPE_SZ, static_cast<int>(room)); // the level works with any size
    const ForkBlocker held_off; // else a child could get the number without the descriptor
    fifo_ = std::move(fifo);
    return true;
}

bool PollFifo::belongs_to_queue(int fifo) const noexcept {
    struct stat its {};
    struct stat queue {};
    return fstat(fifo, &its) == 0 && fstat(queue_fd_, &queue) == 0 && S_ISFIFO(its.st_mode) &&
           (its.st_uid == queue.st_uid || its.st_uid == 0 || its.st_gid == queue.st_gid);
}

void PollFifo::remove() const noexcept { remove(queue_fd_); }

void PollFifo::remove(int queue_fd) noexcept {
    try {
        ::unlink(path_for(queue_fd).c_str());
    } catch (const std::bad_alloc&) { // then the FIFO stays
    }
}

std::size_t PollFifo::bytes() const noexcept {
    int count = 0;
    return ioctl(fd(), FIONREAD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

void PollFifo::drop(std::size_t count) const noexcept {
    const CancellationHeld held;
    std::array<char, page> buffer; // NOLINT(*-member-init): read(2) fills what is used of it
    while (count > 0) {
        const ssize_t dropped = read(fd(), buffer.data(), std::min(count, buffer.size()));
        if (dropped <= 0) {
            return;
        }
        count -= static_cast<std::size_t>(dropped);
    }
}

void PollFifo::add(std::size_t count) const noexcept {
    const CancellationHeld held;
    static constexpr std::array<char, page> bytes{};
    while (count > 0) {
        const ssize_t added = write(fd(), bytes.data(), std::min(count, bytes.size()));
        if (added <= 0) {
            return;
        }
        count -= static_cast<std::size_t>(added);
    }
}

// The memory may contain any value.
PollFifo::Level PollFifo::noted() const noexcept {
    const std::uint32_t level = shown_.load(std::memory_order_relaxed);
    return level <= static_cast<std::uint32_t>(Level::silent) ? static_cast<Level>(level)
                                                              : Level::unknown;
}

void PollFifo::before_adding() const noexcept {
    if (const Level before = noted(); before == Level::empty) {
        show(Level::some);
    } else if (before == Level::unknown && bytes() == 0) {
        add(1);
    }
}

void PollFifo::before_taking() const noexcept {
    if (const Level before = noted(); before == Level::full) {
        show(Level::some);
    } else if (const std::size_t count = before == Level::unknown ? bytes() : 0; count > 1) {
        drop(count - 1);
    }
}

void PollFifo::show(Level level) const noexcept {
    const Level before = noted();
    if (before == level) {
        return;
    }
    forget();
    const std::size_t count = before == Level::empty ? 0 : before == Level::some ? 1 : bytes();
    if (level == Level::empty) {
        drop(count);
    } else if (level == Level::full) {
        add(count > 1 ? 0 : room);
    } else {
        count == 0 ? add(1) : drop(count - 1);
    }
    note(level);
}

} // namespace crex::detail::robust
