// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

#include <sys/sem.h>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

namespace crex::detail {

// semop(2) and semtimedop(2): performs all operations or none. Returns false when the deadline
// passed first, or when an operation with IPC_NOWAIT would have to wait. Throws SignalError,
// ExistentialError and other errors in the name of `call`.
bool operate(const Call& call, int id, std::span<sembuf> operations, const Deadline& deadline);

// operate() that continues to wait after a signal.
bool operate_through_signals(const Call& call, int id, std::span<sembuf> operations,
                             const Deadline& deadline);

} // namespace crex::detail
