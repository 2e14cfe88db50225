// SPDX-License-Identifier: BSL-1.0
#include "sysv/operations.hpp"

#include <algorithm>
#include <cerrno>

#include <crex/error.hpp>
#include <crex/sysv/semaphore_set.hpp>

#include "sysv/control.hpp"

namespace crex::detail {
namespace {

[[noreturn]] void throw_why_not(const Call& call, int error) {
    switch (error) {
    case ERANGE:
        throw_errno(call, EOVERFLOW,
                    "a value, or what is to be taken back of it, would be above " +
                        std::to_string(sysv::semaphore_value_max));
    case EFBIG:
        throw_invalid(call, "the set has no semaphore of that number");
    case E2BIG:
        throw_invalid(call, "more operations than the third number in /proc/sys/kernel/sem allows "
                            "at once (" +
                                kernel_setting("sem") + "); raise it with: sysctl kernel.sem");
    case ENOSPC:
        throw_errno(call, error, "no more processes can have something to take back (SEMMNU)");
    default:
        throw_object_errno(call, error);
    }
}

bool must_not_wait(const sembuf& operation) { return (operation.sem_flg & IPC_NOWAIT) != 0; }

// Returns 0 or errno.
int attempt(int id, std::span<sembuf> operations, const timespec* left) {
    const int result = left == nullptr ? semop(id, operations.data(), operations.size())
                                       : semtimedop(id, operations.data(), operations.size(), left);
    return result == 0 ? 0 : errno;
}

bool done(const Call& call, int error) {
    if (error != 0 && error != EAGAIN) {
        throw_why_not(call, error);
    }
    return error == 0;
}

// EAGAIN has two causes: the time has passed, or an operation with IPC_NOWAIT would have to wait.
// Only the moment at which it comes tells them apart.
bool operate_in_time(const Call& call, int id, std::span<sembuf> operations,
                     const Deadline& deadline) {
    const bool may_refuse = std::any_of(operations.begin(), operations.end(), must_not_wait);
    for (;;) {
        const auto left = deadline.left();
        const auto end = Deadline::Clock::now() + left;
        const timespec time = Deadline::to_timespec(left);
        if (done(call, attempt(id, operations, &time))) {
            return true;
        }
        if (deadline.passed() || (may_refuse && Deadline::Clock::now() < end)) {
            return false;
        }
    }
}

} // namespace

bool operate(const Call& call, int id, std::span<sembuf> operations, const Deadline& deadline) {
    if (deadline.is_never()) [[likely]] {
        return done(call, attempt(id, operations, nullptr));
    }
    if (!deadline.is_immediate()) {
        return operate_in_time(call, id, operations, deadline);
    }
    for (auto& operation : operations) {
        operation.sem_flg = static_cast<short>(operation.sem_flg | IPC_NOWAIT);
    }
    return done(call, attempt(id, operations, nullptr));
}

bool operate_through_signals(const Call& call, int id, std::span<sembuf> operations,
                             const Deadline& deadline) {
    for (;;) {
        try {
            return operate(call, id, operations, deadline);
        } catch (const SignalError&) {
            continue;
        }
    }
}

} // namespace crex::detail
