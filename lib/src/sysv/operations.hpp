// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

#include <sys/sem.h>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

namespace crex::detail {

// semop(2) and semtimedop(2): does all the operations, or none. False when the deadline passed
// first, or one of them must not wait and would have to; throws SignalError, ExistentialError and
// what else can happen, in the name of `call`.
bool operate(const Call& call, int id, std::span<sembuf> operations, const Deadline& deadline);

// The same, waiting on after a signal.
bool operate_through_signals(const Call& call, int id, std::span<sembuf> operations,
                             const Deadline& deadline);

} // namespace crex::detail
