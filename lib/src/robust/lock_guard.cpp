// SPDX-License-Identifier: BSL-1.0
#include "robust/lock_guard.hpp"

#include <cerrno>
#include <string>

#include "common/named_file.hpp"

namespace crex::detail::robust {

void throw_closed_meanwhile(const Call& call) {
    throw_errno(call, EBADF, "the handle was closed during the wait");
}

void throw_not_locked(const Call& call, Locked reason) {
    switch (reason) {
    case Locked::interrupted:
        throw_errno(call, EINTR);
    case Locked::called_off:
        throw_closed_meanwhile(call);
    default:
        throw_corrupt(call,
                      "a process that is running has held one of its locks for 10 s without a "
                      "change");
    }
}

Participant::Entry join(const Call& call, Participant& self) {
    if (locks_inside != 0) {
        throw_errno(call, EDEADLK,
                    "a signal handler that interrupted a call of the same thread has called it, or "
                    "this process was forked in such a handler");
    }
    const auto entry = self.join();
    switch (entry) {
    case Participant::Entry::none:
        throw_errno(call, EUSERS,
                    "it has " + std::to_string(self.entries()) +
                        " handles open, and was made for no more (see the option max_handles)");
    case Participant::Entry::no_lock:
        throw_no_lock(call, errno);
    case Participant::Entry::no_file:
        throw_errno(call, EBADF, "its descriptor has been closed, or is another file's");
    default:
        return entry;
    }
}

bool LockGuard::acquire(const Participant& self, const WaitOptions& wait_options) {
    const Locked result = lock(lock_, self, wait_options);
    held_ = result == Locked::yes || result == Locked::taken_over;
    if (!held_) {
        throw NotLocked{result};
    }
    return result == Locked::taken_over;
}

} // namespace crex::detail::robust
