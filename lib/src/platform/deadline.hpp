// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <time.h>

#include <crex/timeout.hpp>

namespace crex::detail {

// The moment a Timeout runs out, on CLOCK_MONOTONIC. Taken once, when the call begins, so that
// whatever the call does meanwhile counts against it.
class Deadline {
public:
    using Clock = std::chrono::steady_clock; // CLOCK_MONOTONIC in libstdc++ and libc++

    explicit Deadline(Timeout timeout) : immediate_{timeout.limit() == timeout.limit().zero()} {
        if (!timeout.is_forever() && !immediate_) {
            moment_ = after(Clock::now(), timeout.limit());
        }
    }

    [[nodiscard]] bool is_never() const { return !immediate_ && !moment_; }
    [[nodiscard]] bool is_immediate() const { return immediate_; }
    [[nodiscard]] bool passed() const {
        return immediate_ || (moment_ && Clock::now() >= *moment_);
    }

    // What is left of it: nothing below zero, and nanoseconds::max() for one that never comes.
    [[nodiscard]] std::chrono::nanoseconds left() const {
        if (is_never()) {
            return std::chrono::nanoseconds::max();
        }
        const auto left = immediate_ ? Clock::duration::zero() : *moment_ - Clock::now();
        return std::max<std::chrono::nanoseconds>(left, std::chrono::nanoseconds::zero());
    }

    // The moment itself, for calls that take one on CLOCK_MONOTONIC. Not for one that never comes.
    [[nodiscard]] timespec monotonic() const { return to_timespec(moment_->time_since_epoch()); }

    static timespec to_timespec(std::chrono::nanoseconds duration) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
        timespec result{};
        result.tv_sec = seconds.count();
        result.tv_nsec = (duration - seconds).count();
        return result;
    }

private:
    static std::optional<Clock::time_point> after(Clock::time_point now,
                                                  std::chrono::nanoseconds limit) {
        if (limit >= Clock::time_point::max() - now) {
            return std::nullopt; // beyond what the clock can say is for ever
        }
        return now + limit;
    }

    std::optional<Clock::time_point> moment_;
    bool immediate_ = false;
};

} // namespace crex::detail
