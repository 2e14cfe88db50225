// SPDX-License-Identifier: BSL-1.0
#include "platform/futex.hpp"

#include <cerrno>
#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/deadline.hpp"

namespace crex::detail {
namespace {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
              sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout = nullptr) {
    return syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

} // namespace

Slept futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::chrono::nanoseconds at_most) {
    const timespec timeout = Deadline::to_timespec(at_most);
    if (futex(word, FUTEX_WAIT, expected, &timeout) == 0 || errno == EAGAIN) {
        return Slept::woken;
    }
    return errno == EINTR ? Slept::interrupted : Slept::timed_out;
}

void futex_wake_one(std::atomic<std::uint32_t>& word) { futex(word, FUTEX_WAKE, 1); }

void futex_wake_all(std::atomic<std::uint32_t>& word) { futex(word, FUTEX_WAKE, INT_MAX); }

} // namespace crex::detail
