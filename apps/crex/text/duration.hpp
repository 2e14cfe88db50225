// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>

namespace cli {

// "0.5" and "2s" (seconds), "500ms", "20us", "1m", "2h", "3d". More than 292 years become the
// longest duration that there is. Throws UsageError for anything else.
std::chrono::nanoseconds duration_from(const std::string& text);

// "3d", "2h", "5m", "12s": in the largest unit of which there is at least one.
std::string short_text_of(std::chrono::nanoseconds duration);

} // namespace cli
