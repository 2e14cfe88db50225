// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/core.hpp"

namespace crex::detail::robust {

// The attempts of one call at its work. Each begins with a look at the queue's status, and what
// has to be done about that; between two attempts the call may wait. A call reads:
//
//     Attempts attempts{core, call, wait_options, &event};
//     while (attempts.next()) {
//         try {
//             // act under a guard, if that is valid; return attempts.done() when it is done;
//             // attempts.found_nothing() if a wait is needed first
//         } catch (...) {
//             attempts.failed();
//         }
//     }
//     return false; // the deadline passed
class Attempts {
public:
    // `event` announces what the call waits for; without one, the call does not wait.
    Attempts(RobustQueueCore& core, const Call& call, const WaitOptions& wait_options,
             EventCount* event = nullptr)
        : core_{joined(core, call)}, call_{call}, wait_options_{wait_options}, event_{event},
          pass_{core.gate}, mark_{core.waits.receivers()} {}
    Attempts(const Attempts&) = delete;
    Attempts& operator=(const Attempts&) = delete;

    // Whether to make another attempt. False when the deadline has passed. Throws what ends the
    // call.
    bool next();

    // For an attempt: the queue's status as it began, which a guard compares.
    [[nodiscard]] std::uint32_t status() const { return status_; }
    [[nodiscard]] bool is_indexed() const { return (status_ & indexed) != 0; }
    [[nodiscard]] RobustQueueCore& core() const { return core_; }
    [[nodiscard]] const WaitOptions& wait_options() const { return wait_options_; }

    // For an attempt to send. Throws ShutdownError.
    void refuse_if_shut_down() const;

    // What came of it. Without one of them the next attempt follows at once.
    bool done(); // true
    void found_nothing() { outcome_ = Outcome::nothing; }
    void found_no_message(); // ShutdownError when there will be none
    void failed(); // in a handler: rethrows what is not about a lock or the queue's memory

private:
    static RobustQueueCore& joined(RobustQueueCore& core, const Call& call) {
        core.ensure_joined(call);
        return core;
    }

    enum class Outcome { none, nothing, too_late };

    [[nodiscard]] bool may_go_on();
    [[nodiscard]] bool wait();
    bool give_up() const noexcept;
    [[nodiscard]] bool prepare();

    RobustQueueCore& core_;
    const Call& call_;
    const WaitOptions wait_options_;
    EventCount* event_;
    CallGate::Pass pass_;
    WaitingReceivers::Mark mark_;
    std::uint32_t status_ = 0;
    int rounds_ = 0;
    int recoveries_ = 0;
    Outcome outcome_ = Outcome::none;
};

} // namespace crex::detail::robust
