// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>

#include "common/errors.hpp"
#include "platform/cancellation.hpp"
#include "platform/deadline.hpp"
#include "platform/signals.hpp"
#include "postgres/handle.hpp"
#include "postgres/waiter.hpp"
#include "robust_semaphore/remote.hpp"

namespace crex::detail::postgres {

// One call that may wait, as a series of attempts:
//
//     for (Attempts attempts{...};;) {
//         const Place place = attempts.begin();
//         const Answer answer = ... one call of the server, with attempts.waits() and looks() ...
//         if (!attempts.is_answered(answer)) continue;
//         if (... it has what it wants ...) return attempts.succeed(), ...;
//         if (!attempts.wait()) return ... in vain ...;
//     }
//
// An attempt in vain registers the handle at the server, which then notifies it. In case that a
// notification goes to a process that is stopped, or no call has noticed a death, an attempt is
// made every 0.5 s.
class Attempts {
public:
    Attempts(Handle& handle, const Call& call, const Deadline& deadline, Signals signals,
             Direction direction);
    ~Attempts();
    Attempts(const Attempts&) = delete;
    Attempts& operator=(const Attempts&) = delete;

    // Waits for a connection, as the deadline allows. Throws ConnectionError when there is none by
    // then.
    [[nodiscard]] Place begin();

    // For the attempt: whether it registers the handle if it is in vain, and whether it looks for
    // what the dead left.
    [[nodiscard]] bool waits() const { return !is_last_ && !deadline_.is_immediate(); }
    [[nodiscard]] bool looks() const { return looks_; }

    // False when the attempt must be repeated. Throws what it failed with. If `is_repeatable`, an
    // attempt whose answer was lost is repeated, too; else it throws ConnectionError.
    [[nodiscard]] bool is_answered(const Answer& answer, bool is_repeatable);

    void succeed();

    // After an attempt in vain: sleeps until the next one. False when the deadline has passed.
    [[nodiscard]] bool wait();

    // Throws ConnectionError if the answer to an attempt was lost: the server may still be about to
    // do it, although it was repeated in vain.
    void check_fate() const;

private:
    void check_open() const;
    [[nodiscard]] Waiter& waiter();
    [[nodiscard]] bool sleep(std::chrono::nanoseconds at_most);
    void wait_for_connection();
    void deregister();

    CancellationHeld held_;
    Handle& handle_;
    Session& session_;
    const Call& call_;
    const Deadline& deadline_;
    Signals signals_;
    Direction direction_;
    bool looks_;
    bool is_last_ = false;       // the deadline has passed
    bool is_registered_ = false; // at the server
    bool may_have_happened_ = false;
    Place place_{0, 0};
    WaitSignals wait_signals_;
    std::optional<Waiter> waiter_;
    std::optional<Session::Registration> registration_;
};

} // namespace crex::detail::postgres
