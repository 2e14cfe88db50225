// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "message_queue/robust/core.hpp"

namespace crex::detail::robust {

// The attempts of one call. Each attempt first reads the queue's status, and does what that
// requires. Between two attempts the call may wait. A call reads:
//
//     Attempts attempts{core, call, wait_options, &event};
//     bool is_done = false;
//     while (!is_done && attempts.next()) {
//         try {
//             const SendersGuard locked{attempts, Change::a_message};
//             ... // act, if it is valid: is_done = true, or attempts.found_nothing()
//         } catch (...) {
//             attempts.failed();
//         }
//     }
//     return is_done && attempts.done();
class Attempts {
public:
    // `event` announces what the call waits for; without one, the call does not wait.
    Attempts(RobustQueueCore& core, const Call& call, const WaitOptions& wait_options,
             EventCount* event = nullptr)
        : core_{joined(core, call)}, call_{call}, wait_options_{wait_options}, event_{event},
          pass_{core.gate}, mark_{core.waits.receivers()} {}
    Attempts(RobustQueueCore&, const Call&, const WaitOptions&&, EventCount* = nullptr) = delete;
    Attempts(const Attempts&) = delete;
    Attempts& operator=(const Attempts&) = delete;

    // Whether to make another attempt. False when the deadline has passed. Throws what ends the
    // call.
    bool next() {
        if (rounds_ == 0) [[likely]] {
            status_ = core_.memory.status();
            if ((status_ & ~(indexed | robust::shut_down)) == 0) [[likely]] {
                ++rounds_;
                return true;
            }
        }
        return next_with_care();
    }

    // For an attempt: the queue's status as it began, which a guard compares.
    [[nodiscard]] std::uint32_t status() const { return status_; }
    [[nodiscard]] bool is_indexed() const { return (status_ & indexed) != 0; }
    [[nodiscard]] bool is_current() const { return core_.memory.status() == status_; }
    [[nodiscard]] RobustQueueCore& core() const { return core_; }
    [[nodiscard]] const WaitOptions& wait_options() const { return wait_options_; }

    // For an attempt to send. Throws ShutdownError.
    void refuse_if_shut_down() const;

    // There is no message, or no room. The call waits, unless there will be none, and begins anew.
    void found_nothing() { outcome_ = Outcome::nothing; }

    // In a handler: rethrows what is not about a lock or the queue's memory.
    void failed();

    // After the last attempt, without a lock: true.
    bool done() {
        if (!core_.laid_aside.is_empty()) [[unlikely]] {
            free_laid_aside();
        }
        return true;
    }

private:
    static RobustQueueCore& joined(RobustQueueCore& core, const Call& call) {
        core.ensure_joined(call);
        return core;
    }

    enum class Outcome { none, nothing, too_late };

    bool next_with_care();
    [[nodiscard]] bool may_go_on();
    void throw_if_there_will_be_none() const;
    [[nodiscard]] bool wait();
    bool give_up() const noexcept;
    [[nodiscard]] bool prepare();
    bool free_laid_aside() const noexcept;

    RobustQueueCore& core_;
    const Call& call_;
    const WaitOptions& wait_options_; // a copy cost a quarter of commit() and lease()
    EventCount* event_;
    CallGate::Pass pass_;
    WaitingReceivers::Mark mark_;
    std::uint32_t status_ = 0;
    int rounds_ = 0;
    int recoveries_ = 0;
    Outcome outcome_ = Outcome::none;
};

} // namespace crex::detail::robust
