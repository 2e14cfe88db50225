// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <limits>
#include <stdexcept>
#include <type_traits>

#if !__has_include(<stop_token>) || defined(_LIBCPP_HAS_NO_EXPERIMENTAL_STOP_TOKEN)
#error                                                                                             \
    "crex needs std::stop_token: libc++ 18 and 19 have it with -fexperimental-library, 20 without"
#endif
#include <stop_token>

namespace crex {

/// How long a call may wait: forever (the default), not at all (zero), or at most the given time.
///
/// Made from any std::chrono::duration. A negative one means zero, one beyond 292 years means
/// forever. Time is measured on the monotonic clock, so setting the time of day neither shortens
/// nor lengthens a wait. A wait is never cut short: a call that times out has waited at least that
/// long.
///
/// Unlike posix_ipc, a plain number is not a timeout; write 250ms or 2s.
///
/// A timeout may carry a stop token, alone or with a duration: `queue.receive(stop)`, or
/// `queue.receive({2s, stop})`. When a stop is requested, the wait ends within 50 ms, without
/// having done anything. Calls that throw BusyError at a timeout throw StoppedError then; calls
/// that return false or std::nullopt at a timeout do so then, too. The timeout does not own the
/// token, which must exist until the call has ended.
class Timeout {
public:
    /// Forever.
    constexpr Timeout() noexcept = default;

    /// At most that long. Throws std::invalid_argument for a number of seconds that is no number.
    template <class Rep, class Period>
    // NOLINTNEXTLINE(google-explicit-constructor): acquire(250ms) is the point.
    constexpr Timeout(std::chrono::duration<Rep, Period> limit) : limit_{clamped(limit)} {}

    /// Until a stop is requested, and no longer than `limit` if there is one.
    // NOLINTNEXTLINE(google-explicit-constructor): receive(stop) is the point.
    constexpr Timeout(const std::stop_token& stop) noexcept : stop_{&stop} {}
    constexpr Timeout(Timeout limit, const std::stop_token& stop) noexcept
        : limit_{limit.limit_}, stop_{&stop} {}

    /// True when only a stop can end the wait.
    [[nodiscard]] constexpr bool is_forever() const noexcept { return limit_ == forever; }

    /// Returns the limit; std::chrono::nanoseconds::max() stands for no limit.
    [[nodiscard]] constexpr std::chrono::nanoseconds limit() const noexcept { return limit_; }

    /// Returns the token; null when there is none.
    [[nodiscard]] constexpr const std::stop_token* stop() const noexcept { return stop_; }

private:
    static constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

    template <class Rep, class Period>
    static constexpr std::chrono::nanoseconds clamped(std::chrono::duration<Rep, Period> limit) {
        using Seconds = std::chrono::duration<long double>;
        if constexpr (std::is_floating_point_v<Rep>) {
            if (limit.count() != limit.count()) {
                throw std::invalid_argument{"crex::Timeout: not a number"};
            }
        }
        if (limit <= limit.zero()) {
            return std::chrono::nanoseconds::zero();
        }
        if constexpr (std::is_same_v<decltype(limit), std::chrono::nanoseconds>) {
            return limit;
        }
        const Seconds seconds{limit};
        if (seconds >= Seconds{forever}) {
            return forever;
        }
        // By way of long double, which has room for 64 bits, so that the conversion does not
        // overflow.
        return std::chrono::ceil<std::chrono::nanoseconds>(seconds);
    }

    std::chrono::nanoseconds limit_ = forever;
    const std::stop_token* stop_ = nullptr;
};

/// Waits forever.
inline constexpr Timeout no_timeout{};

/// Does not wait.
inline constexpr Timeout do_not_wait{std::chrono::nanoseconds::zero()};

namespace detail {

// The loop of each *_until(): waits for the time that is left, and reads the caller's own clock
// again before it returns false, since that clock and the monotonic one may differ.
template <class Clock, class Duration, class Attempt>
bool attempt_until(std::chrono::time_point<Clock, Duration> deadline, Attempt attempt) {
    // In seconds of floating point, since integers cannot hold the distance between the ends of
    // time.
    using Seconds = std::chrono::duration<long double>;
    const auto left = [&] {
        return Seconds{deadline.time_since_epoch()} - Seconds{Clock::now().time_since_epoch()};
    };
    for (;;) {
        if (attempt(Timeout{left()})) {
            return true;
        }
        if (left() <= Seconds::zero()) {
            return false;
        }
    }
}

} // namespace detail

} // namespace crex
