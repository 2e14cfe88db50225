// SPDX-License-Identifier: BSL-1.0
#include "sysv/set_making.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <limits>

#include <crex/error.hpp>
#include <crex/sysv/semaphore_set.hpp>

#include "platform/backoff.hpp"
#include "sysv/control.hpp"

// semget(2) creates a set without its values, and another process may see it so. The set cannot be
// made in private first, since only semget(2) gives it a key. So the creator and the openers follow
// a convention; see semaphore_set.hpp. If the creator dies here, it leaves a set without any
// operation on it; the next process that opens it with o_creat gets CorruptError.

namespace crex::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_for_maker = 1s;
constexpr std::time_t seconds_of_making = 2; // sem_ctime counts whole seconds

[[noreturn]] void throw_why_not_made(const Call& call, int error, std::size_t size) {
    const std::string limits = "(" + kernel_setting("sem") + "); raise it with: sysctl kernel.sem";
    if (error == EINVAL) {
        throw_invalid(call, std::to_string(size) +
                                " semaphores are more than a set may have, by the first number in "
                                "/proc/sys/kernel/sem " +
                                limits);
    }
    if (error == ENOSPC) {
        throw_errno(call, error,
                    "the system has as many sets, or semaphores, as the fourth or the second "
                    "number in /proc/sys/kernel/sem allows " +
                        limits);
    }
    throw_not_opened(call, error);
}

// An operation that changes nothing, but sets sem_otime, which marks the set as finished. EAGAIN
// means that another process has operated on the set first.
void operate_first(const Call& call, int id, unsigned value) {
    const short up = value == 0 ? 1 : -1;
    std::array<sembuf, 2> there_and_back{
        {{0, up, IPC_NOWAIT}, {0, static_cast<short>(-up), IPC_NOWAIT}}};
    if (semop(id, there_and_back.data(), there_and_back.size()) != 0 && errno != EAGAIN) {
        throw_object_errno(call, errno);
    }
}

// The first operation needs write permission, which the set's mode may deny even its owner.
void initialise(const Call& call, int id, const SetDescription& set) {
    std::vector<unsigned short> values{set.values.begin(), set.values.end()};
    control_semaphore(call, id, 0, SETALL, {.values = values.data()});
    if (set.operate_first) {
        operate_first(call, id, set.values.front());
    }
    if ((set.mode & 0600U) != 0600U) {
        semid_ds status = semaphore_status(call, id);
        status.sem_perm.mode = static_cast<decltype(status.sem_perm.mode)>(set.mode);
        control_semaphore(call, id, 0, IPC_SET, {.status = &status});
    }
}

std::optional<int> create(const KeyOpening& opening, const SetDescription& set) {
    const Call call = opening.call();
    if (set.values.empty()) {
        throw_invalid(call, "a new set needs a size, or initial values");
    }
    for (;;) {
        const int id = semget(opening.key(), static_cast<int>(set.values.size()),
                              static_cast<int>(set.mode | 0600U) | IPC_CREAT | IPC_EXCL);
        if (id < 0 && errno == EEXIST) {
            return std::nullopt;
        }
        if (id < 0) {
            throw_why_not_made(call, errno, set.values.size());
        }
        try {
            initialise(call, id, set);
            return id;
        } catch (const crex::ExistentialError&) { // another process has removed it, unfinished;
            if (semctl(id, 0, IPC_RMID) == 0) {   // otherwise the error has another cause
                throw;
            }
        } catch (...) {
            semctl(id, 0, IPC_RMID);
            throw;
        }
    }
}

bool is_finished(const Call& call, int id, const semid_ds& status) {
    if (status.sem_otime != 0) {
        return true;
    }
    for (int i = 0; i < static_cast<int>(status.sem_nsems); ++i) {
        if (control_semaphore(call, id, i, GETPID) == 0) {
            return false;
        }
    }
    return true;
}

bool may_be_in_the_making(const semid_ds& status) {
    return std::time(nullptr) - status.sem_ctime <= seconds_of_making;
}

void wait_for_maker(const KeyOpening& opening, int id) {
    const Call call = opening.call();
    const Deadline deadline{patience_for_maker};
    Backoff backoff{deadline};
    for (;;) {
        const semid_ds status = semaphore_status(call, id);
        if (is_finished(call, id, status)) {
            return;
        }
        if (deadline.passed() || !may_be_in_the_making(status)) {
            break;
        }
        if (!backoff.pause()) {
            throw_errno(call, EINTR);
        }
    }
    if (opening.creates()) {
        throw_corrupt(call, "it exists, but has no values yet: its creator died, or leaves that to "
                            "another process; remove it, or open it with flags 0");
    }
}

std::optional<int> open(const KeyOpening& opening, const SetDescription& set) {
    const int id = semget(opening.key(), static_cast<int>(set.size), set.read_only ? 0400 : 0600);
    if (id < 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        if (errno == EINVAL) {
            throw_invalid(opening.call(), "the set that exists has fewer than " +
                                              std::to_string(set.size) + " semaphores");
        }
        throw_not_opened(opening.call(), errno);
    }
    try {
        wait_for_maker(opening, id);
    } catch (const crex::ExistentialError&) {
        return std::nullopt; // removed just now
    }
    return id;
}

} // namespace

std::optional<KeyAndId> open_set(KeyOpening& opening, const SetDescription& set) {
    const std::size_t size = std::max(set.size, set.values.size());
    if (size > std::numeric_limits<unsigned short>::max()) {
        throw_invalid(opening.call(), "no set can have " + std::to_string(size) + " semaphores");
    }
    for (const unsigned value : set.values) {
        check_value(opening.call(), value);
    }
    return opening.perform([&] { return open(opening, set); },
                           [&] { return create(opening, set); });
}

void check_value(const Call& call, unsigned value) {
    if (value > sysv::semaphore_value_max) {
        throw_invalid(call, "the value " + std::to_string(value) + " is above " +
                                std::to_string(sysv::semaphore_value_max));
    }
}

} // namespace crex::detail
