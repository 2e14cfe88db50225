// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "top/activity.hpp"

namespace cli {

inline constexpr std::chrono::nanoseconds sample_period_min = std::chrono::milliseconds{100};
inline constexpr std::chrono::nanoseconds sample_period_max = std::chrono::hours{1};

// Looks at all objects again and again, in a thread of its own, so that keys work during a look.
class Sampler {
public:
    using Period = std::chrono::nanoseconds;

    // Begins at once. Looking takes at most a fourth of the time, however short the period is.
    Sampler(Source source, Period period);

    // The last complete look; null before the first one has ended.
    [[nodiscard]] std::shared_ptr<const Sample> latest() const;

    [[nodiscard]] Period period() const;
    void set_period(Period period);

    // A paused sampler does not look.
    [[nodiscard]] bool is_paused() const;
    void set_paused(bool paused);

private:
    void run(const std::stop_token& stop, Source source);

    mutable std::mutex mutex_; // guards all members below
    std::condition_variable_any changed_;
    Period period_;
    bool paused_ = false;
    std::shared_ptr<const Sample> latest_;
    std::jthread thread_; // last: it ends first
};

} // namespace cli
