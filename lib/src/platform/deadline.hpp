// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <time.h>

#include <crex/timeout.hpp>

namespace crex::detail {

// The time on CLOCK_MONOTONIC in nanoseconds, as words in shared memory contain it.
inline std::int64_t monotonic_now() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

// The moment at which a Timeout runs out, on CLOCK_MONOTONIC. Taken once, when the call begins, so
// that everything the call does counts. A requested stop makes it pass, too: with a stop token, a
// thread without a monitor must sleep at most left() at a time.
class Deadline {
public:
    using Clock = std::chrono::steady_clock; // CLOCK_MONOTONIC in libstdc++ and libc++

    explicit Deadline(Timeout timeout) : stop_{timeout.stop()} {
        if (timeout.limit() == timeout.limit().zero()) {
            moment_ = at_once;
        } else if (!timeout.is_forever()) {
            moment_ = after(Clock::now(), timeout.limit());
        }
    }

    // Neither a moment nor a stop token: the wait may be one single sleep.
    [[nodiscard]] bool is_never() const { return moment_ == never && stop_ == nullptr; }
    [[nodiscard]] bool is_immediate() const { return moment_ == at_once; }
    [[nodiscard]] bool passed() const {
        return is_immediate() || (moment_ != never && Clock::now() >= moment_) || is_stopped();
    }
    [[nodiscard]] bool may_be_stopped() const { return stop_ != nullptr; }
    [[nodiscard]] bool is_stopped() const { return stop_ != nullptr && stop_->stop_requested(); }

    // How long a thread may sleep now: 0 once it has passed, at most 20 ms with a stop token,
    // nanoseconds::max() without a limit.
    [[nodiscard]] std::chrono::nanoseconds left() const {
        constexpr std::chrono::nanoseconds none{0};
        if (is_immediate() || is_stopped()) {
            return none;
        }
        const auto most = stop_ != nullptr ? between_looks : std::chrono::nanoseconds::max();
        return moment_ == never
                   ? most
                   : std::clamp<std::chrono::nanoseconds>(moment_ - Clock::now(), none, most);
    }

    // When it passes unless a stop is requested: time_point::max() for never, min() for at once.
    [[nodiscard]] Clock::time_point moment() const { return moment_; }

    // This one, but from now on at least `least` and at most `most`.
    [[nodiscard]] Deadline within(std::chrono::nanoseconds least,
                                  std::chrono::nanoseconds most) const {
        const auto now = Clock::now();
        Deadline result{*this};
        result.moment_ = std::clamp(moment_, now + least, now + most);
        return result;
    }

    // The end of a sleep of left(), for calls that take a moment. Not when is_never().
    [[nodiscard]] timespec monotonic() const {
        const auto moment = stop_ == nullptr ? moment_ : Clock::now() + left();
        return to_timespec(moment.time_since_epoch());
    }

    // time_t has 64 bits everywhere: the build sets that where it is not the default.
    static timespec to_timespec(std::chrono::nanoseconds duration) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
        static_assert(sizeof(time_t) == 8);
        timespec result{};
        result.tv_sec = static_cast<time_t>(seconds.count());
        result.tv_nsec = static_cast<long>((duration - seconds).count());
        return result;
    }

private:
    static constexpr Clock::time_point at_once = Clock::time_point::min();
    static constexpr Clock::time_point never = Clock::time_point::max();
    static constexpr std::chrono::nanoseconds between_looks = std::chrono::milliseconds{20};

    // A limit beyond the range of the clock never passes.
    static Clock::time_point after(Clock::time_point now, std::chrono::nanoseconds limit) {
        return limit < never - now ? now + limit : never;
    }

    Clock::time_point moment_ = never;
    const std::stop_token* stop_;
};

} // namespace crex::detail
