// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/semaphore.hpp>

#include "sysv/control.hpp"
#include "sysv/operations.hpp"
#include "sysv/set_making.hpp"

namespace crex::sysv {

using detail::Call;
using detail::Deadline;

namespace {

// The single operation that a call performs.
sembuf operation(int amount, bool undo) {
    return {0, static_cast<short>(amount), static_cast<short>(undo ? SEM_UNDO : 0)};
}

int checked_amount(const Call& call, unsigned n) {
    if (n == 0 || n > semaphore_value_max) {
        detail::throw_invalid(call, std::to_string(n) + " is not within 1 to " +
                                        std::to_string(semaphore_value_max));
    }
    return static_cast<int>(n);
}

// Adds the amount, or waits for zero. False when the deadline passed first.
bool operate(const Call& call, int id, sembuf one, const Deadline& deadline) {
    return detail::operate(call, id, {&one, 1}, deadline);
}

bool operate_through_signals(const Call& call, int id, sembuf one, const Deadline& deadline) {
    return detail::operate_through_signals(call, id, {&one, 1}, deadline);
}

std::optional<detail::KeyAndId> opened(Key key, int flags, const SemaphoreOptions& options,
                                       detail::Missing missing) {
    detail::KeyOpening opening{"sysv::Semaphore", key, flags, options.mode, missing};
    return detail::open_set(
        opening,
        {options.mode, 1, {options.initial_value}, options.read_only, options.operate_first});
}

} // namespace

Semaphore::Semaphore(Key key, int flags, const SemaphoreOptions& options)
    : Semaphore{*opened(key, flags, options, detail::Missing::is_error), options.undo} {}

std::optional<Semaphore> Semaphore::try_open(Key key, int flags, const SemaphoreOptions& options) {
    const auto found = opened(key, flags, options, detail::Missing::is_nothing);
    return found ? std::optional{Semaphore{*found, options.undo}} : std::nullopt;
}

Semaphore Semaphore::from_id(int id, bool undo) { return {found_by_id(Kind::semaphore, id), undo}; }

void Semaphore::acquire(Timeout timeout, unsigned n) {
    const Call here = call("sysv::Semaphore::acquire");
    if (!operate(here, id(), operation(-checked_amount(here, n), undo_), Deadline{timeout})) {
        detail::throw_timed_out(here, timeout, "timed out");
    }
}

bool Semaphore::try_acquire() { return try_acquire_for(do_not_wait); }

bool Semaphore::try_acquire_for(Timeout timeout, unsigned n) {
    const Call here = call("sysv::Semaphore::try_acquire");
    return operate(here, id(), operation(-checked_amount(here, n), undo_), Deadline{timeout});
}

void Semaphore::release(unsigned n) {
    const Call here = call("sysv::Semaphore::release");
    operate(here, id(), operation(checked_amount(here, n), undo_), Deadline{no_timeout});
}

void Semaphore::wait_for_zero(Timeout timeout) {
    const Call here = call("sysv::Semaphore::wait_for_zero");
    if (!operate(here, id(), operation(0, false), Deadline{timeout})) {
        detail::throw_timed_out(here, timeout, "timed out");
    }
}

bool Semaphore::try_wait_for_zero(Timeout timeout) {
    const Call here = call("sysv::Semaphore::try_wait_for_zero");
    return operate(here, id(), operation(0, false), Deadline{timeout});
}

void Semaphore::lock() {
    const Call here = call("sysv::Semaphore::lock");
    operate_through_signals(here, id(), operation(-1, undo_), Deadline{no_timeout});
}

bool Semaphore::try_lock_for(Timeout timeout) {
    const Call here = call("sysv::Semaphore::try_lock");
    return operate_through_signals(here, id(), operation(-1, undo_), Deadline{timeout});
}

unsigned Semaphore::value() const {
    const Call here = call("sysv::Semaphore::value");
    return static_cast<unsigned>(detail::control_semaphore(here, id(), 0, GETVAL));
}

void Semaphore::value(unsigned value) {
    const Call here = call("sysv::Semaphore::value");
    detail::check_value(here, value);
    detail::control_semaphore(here, id(), 0, SETVAL, {.value = static_cast<int>(value)});
}

int Semaphore::last_pid() const {
    return detail::control_semaphore(call("sysv::Semaphore::last_pid"), id(), 0, GETPID);
}

unsigned Semaphore::waiting_for_nonzero() const {
    const Call here = call("sysv::Semaphore::waiting_for_nonzero");
    return static_cast<unsigned>(detail::control_semaphore(here, id(), 0, GETNCNT));
}

unsigned Semaphore::waiting_for_zero() const {
    const Call here = call("sysv::Semaphore::waiting_for_zero");
    return static_cast<unsigned>(detail::control_semaphore(here, id(), 0, GETZCNT));
}

Moment Semaphore::last_operation_time() const {
    const Call here = call("sysv::Semaphore::last_operation_time");
    return detail::moment_of(detail::semaphore_status(here, id()).sem_otime);
}

} // namespace crex::sysv
