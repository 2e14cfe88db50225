// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <vector>

#include <crex/object_id.hpp>
#include <crex/robust_semaphore.hpp>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

namespace crex::detail {

// Whether a signal handler without SA_RESTART ends a wait with SignalError.
enum class Signals { end_the_wait, are_ignored };

// A handle on a semaphore that a server keeps, with the calls of RobustSemaphoreCore. Any number of
// threads may call it at once.
class RemoteSemaphore {
public:
    virtual ~RemoteSemaphore() = default;

    // False when the deadline passed first.
    virtual bool acquire(const Call& call, const Deadline& deadline, Signals signals) = 0;
    virtual void release(const Call& call, std::uint32_t count) = 0;

    [[nodiscard]] virtual bool previous_holder_died() const = 0;
    [[nodiscard]] virtual std::uint64_t token(const Call& call) const = 0;
    [[nodiscard]] virtual std::uint32_t value(const Call& call) = 0;
    [[nodiscard]] virtual std::uint32_t held(const Call& call) = 0;
    [[nodiscard]] virtual std::vector<PermitHolder> holders(const Call& call) = 0;
    [[nodiscard]] virtual int ready_fd(const Call& call) = 0;

    [[nodiscard]] virtual ObjectId id() const = 0;
    [[nodiscard]] virtual bool is_linked() const = 0;

    // Ends the waits of other threads, with ExistentialError. When it returns, they have left.
    virtual void interrupt_waits() noexcept = 0;
};

} // namespace crex::detail
