// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

// All objects as metrics, for Prometheus. lib/doc/metrics.md describes each of them.

namespace cli {

struct MetricsScope {
    std::optional<std::string> prefix; // only objects that begin with it, see begins_with()

    // Objects with series of their own, robust ones first; the rest is only counted. This
    // bounds the text: with names of usual length, to 1.5 KiB an object.
    std::size_t max_objects = 2000;
};

// The metrics, as often as they are asked for. However often that is, looking at the objects takes
// at most a fourth of the time: until three times the duration of a look have passed, its result is
// returned again.
class Metrics {
public:
    explicit Metrics(MetricsScope scope) : scope_{std::move(scope)} {}

    const std::string& text();

private:
    MetricsScope scope_;
    std::string text_;
    std::chrono::steady_clock::time_point valid_until_; // long past, at first
};

} // namespace cli
