// SPDX-License-Identifier: BSL-1.0
#include "top/sampler.hpp"

#include <algorithm>
#include <utility>

namespace cli {

Sampler::Sampler(Source source, Period period)
    : period_{period}, thread_{[this, source = std::move(source)](const std::stop_token& stop) {
          run(stop, source);
      }} {}

std::shared_ptr<const Sample> Sampler::latest() const {
    const std::scoped_lock guard{mutex_};
    return latest_;
}

Sampler::Period Sampler::period() const {
    const std::scoped_lock guard{mutex_};
    return period_;
}

void Sampler::set_period(Period period) {
    const std::scoped_lock guard{mutex_};
    period_ = period;
    changed_.notify_one();
}

bool Sampler::is_paused() const {
    const std::scoped_lock guard{mutex_};
    return paused_;
}

void Sampler::set_paused(bool paused) {
    const std::scoped_lock guard{mutex_};
    paused_ = paused;
    changed_.notify_one();
}

void Sampler::run(const std::stop_token& stop, Source source) {
    constexpr int rest = 3; // times the duration of a look
    Observer observer{std::move(source)};
    while (!stop.stop_requested()) {
        const auto begin = std::chrono::steady_clock::now();
        auto sample = std::make_shared<const Sample>(observer.look());
        const auto again = [&] { return begin + std::max(period_, (rest + 1) * sample->cost); };
        std::unique_lock lock{mutex_};
        latest_ = sample;
        while (!stop.stop_requested() && (paused_ || std::chrono::steady_clock::now() < again())) {
            const auto limit = paused_ ? std::chrono::steady_clock::time_point::max() : again();
            const Period seen = period_;
            changed_.wait_until(lock, stop, limit, [&] {
                return seen != period_ || paused_ != (limit == limit.max());
            });
        }
    }
}

} // namespace cli
