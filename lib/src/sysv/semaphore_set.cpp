// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/semaphore_set.hpp>

#include <limits>

#include "sysv/control.hpp"
#include "sysv/operations.hpp"
#include "sysv/set_making.hpp"

namespace crex::sysv {

using detail::Call;

namespace {

detail::SetDescription described(const Call& call, const SemaphoreSetOptions& options) {
    if (options.size != 0 && options.initial_values.size() > options.size) {
        detail::throw_invalid(call, "more initial values than semaphores");
    }
    detail::SetDescription set{options.mode, options.size, options.initial_values};
    set.values.resize(std::max(options.size, options.initial_values.size()));
    return set;
}

std::optional<detail::KeyAndId> opened(Key key, int flags, const SemaphoreSetOptions& options,
                                       detail::Missing missing) {
    detail::KeyOpening opening{"sysv::SemaphoreSet", key, flags, options.mode, missing};
    return detail::open_set(opening, described(opening.call(), options));
}

sembuf checked(const Call& call, const Operation& operation) {
    constexpr int most = static_cast<int>(semaphore_value_max);
    if (operation.amount > most || operation.amount < -most) {
        detail::throw_invalid(call, "the amount " + std::to_string(operation.amount) +
                                        " is above " + std::to_string(most));
    }
    if (operation.number > std::numeric_limits<unsigned short>::max()) {
        detail::throw_invalid(call, "the set has no semaphore of that number");
    }
    const int flags = (operation.undo ? SEM_UNDO : 0) | (operation.no_wait ? IPC_NOWAIT : 0);
    return {static_cast<unsigned short>(operation.number), static_cast<short>(operation.amount),
            static_cast<short>(flags)};
}

bool operate(const Call& call, int id, std::span<const Operation> operations, Timeout timeout) {
    const detail::Deadline deadline{timeout};
    if (operations.empty()) {
        detail::throw_invalid(call, "no operations");
    }
    std::vector<sembuf> native;
    native.reserve(operations.size());
    for (const auto& operation : operations) {
        native.push_back(checked(call, operation));
    }
    return detail::operate(call, id, native, deadline);
}

// The kernel reports EINVAL for a bad number as for a bad id.
int controlled(const Call& call, const SemaphoreSet& set, std::size_t number, int command,
               unsigned value = 0) {
    if (number >= set.size()) {
        detail::throw_invalid(call, "the set has no semaphore of that number");
    }
    return detail::control_semaphore(call, set.id(), static_cast<int>(number), command,
                                     {.value = static_cast<int>(value)});
}

} // namespace

SemaphoreSet::SemaphoreSet(Key key, int flags, const SemaphoreSetOptions& options)
    : SemaphoreSet{*opened(key, flags, options, detail::Missing::is_error)} {}

std::optional<SemaphoreSet> SemaphoreSet::try_open(Key key, int flags,
                                                   const SemaphoreSetOptions& options) {
    const auto found = opened(key, flags, options, detail::Missing::is_nothing);
    return found ? std::optional{SemaphoreSet{*found}} : std::nullopt;
}

SemaphoreSet SemaphoreSet::from_id(int id) {
    return SemaphoreSet{found_by_id(Kind::semaphore_set, id)};
}

void SemaphoreSet::operate(std::span<const Operation> operations, Timeout timeout) {
    const Call here = call("sysv::SemaphoreSet::operate");
    if (!sysv::operate(here, id(), operations, timeout)) {
        detail::throw_timed_out(here, timeout, "timed out, or would have to wait");
    }
}

void SemaphoreSet::operate(std::initializer_list<Operation> operations, Timeout timeout) {
    operate(std::span{operations.begin(), operations.size()}, timeout);
}

bool SemaphoreSet::try_operate(std::span<const Operation> operations, Timeout timeout) {
    return sysv::operate(call("sysv::SemaphoreSet::try_operate"), id(), operations, timeout);
}

bool SemaphoreSet::try_operate(std::initializer_list<Operation> operations, Timeout timeout) {
    return try_operate(std::span{operations.begin(), operations.size()}, timeout);
}

std::size_t SemaphoreSet::size() const {
    return detail::semaphore_status(call("sysv::SemaphoreSet::size"), id()).sem_nsems;
}

unsigned SemaphoreSet::value(std::size_t number) const {
    const Call here = call("sysv::SemaphoreSet::value");
    return static_cast<unsigned>(controlled(here, *this, number, GETVAL));
}

std::vector<unsigned> SemaphoreSet::values() const {
    std::vector<unsigned short> native(size());
    detail::control_semaphore(call("sysv::SemaphoreSet::values"), id(), 0, GETALL,
                              {.values = native.data()});
    return {native.begin(), native.end()};
}

void SemaphoreSet::value(std::size_t number, unsigned value) {
    const Call here = call("sysv::SemaphoreSet::value");
    detail::check_value(here, value);
    controlled(here, *this, number, SETVAL, value);
}

void SemaphoreSet::values(std::span<const unsigned> values) {
    const Call here = call("sysv::SemaphoreSet::values");
    if (values.size() != size()) {
        detail::throw_invalid(here, "the set has another number of semaphores");
    }
    for (const unsigned value : values) {
        detail::check_value(here, value);
    }
    std::vector<unsigned short> native{values.begin(), values.end()};
    detail::control_semaphore(here, id(), 0, SETALL, {.values = native.data()});
}

int SemaphoreSet::last_pid(std::size_t number) const {
    return controlled(call("sysv::SemaphoreSet::last_pid"), *this, number, GETPID);
}

unsigned SemaphoreSet::waiting_for_nonzero(std::size_t number) const {
    const Call here = call("sysv::SemaphoreSet::waiting_for_nonzero");
    return static_cast<unsigned>(controlled(here, *this, number, GETNCNT));
}

unsigned SemaphoreSet::waiting_for_zero(std::size_t number) const {
    const Call here = call("sysv::SemaphoreSet::waiting_for_zero");
    return static_cast<unsigned>(controlled(here, *this, number, GETZCNT));
}

Moment SemaphoreSet::last_operation_time() const {
    const Call here = call("sysv::SemaphoreSet::last_operation_time");
    return detail::moment_of(detail::semaphore_status(here, id()).sem_otime);
}

Moment SemaphoreSet::last_change_time() const {
    const Call here = call("sysv::SemaphoreSet::last_change_time");
    return detail::moment_of(detail::semaphore_status(here, id()).sem_ctime);
}

} // namespace crex::sysv
