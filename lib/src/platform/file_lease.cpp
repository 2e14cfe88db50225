// SPDX-License-Identifier: BSL-1.0
#include "platform/file_lease.hpp"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <unistd.h>

namespace crex::detail {
namespace {

// A program ignores SIGURG unless it handles it. The kernel sends SIGIO instead when it has no
// memory for the details.
constexpr int told_by = SIGURG;

sigset_t lease_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, told_by);
    sigaddset(&set, SIGIO);
    return set;
}

FileLease::Others ask(int fd) {
    const f_owner_ex this_thread{F_OWNER_TID, gettid()};
    if (fcntl(fd, F_SETOWN_EX, &this_thread) == 0 && fcntl(fd, F_SETSIG, told_by) == 0 &&
        fcntl(fd, F_SETLEASE, F_WRLCK) == 0) {
        return FileLease::Others::none;
    }
    return errno == EAGAIN ? FileLease::Others::some : FileLease::Others::unknown;
}

} // namespace

FileLease::FileLease(int fd) : fd_{fd} {
    const sigset_t signals = lease_signals();
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
    sigpending(&pending_before_);
    others_ = ask(fd);
}

FileLease::~FileLease() {
    if (others_ == Others::none) {
        fcntl(fd_, F_SETLEASE, F_UNLCK);
    }
    drop(told_by);
    drop(SIGIO);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

// Only a signal that has come since: the program may be waiting for an earlier one.
void FileLease::drop(int signal) const {
    if (sigismember(&pending_before_, signal) == 0) {
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal);
        constexpr timespec at_once{};
        sigtimedwait(&one, nullptr, &at_once);
    }
}

// F_GETLEASE shows a kernel lease that is being called back as the lease that will remain.
bool FileLease::is_awaited() const {
    return others_ == Others::none && fcntl(fd_, F_GETLEASE) != F_WRLCK;
}

} // namespace crex::detail
