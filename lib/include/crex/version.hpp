// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

/// The version as numbers. It is defined here only; the build reads it from these lines.
#define CREX_VERSION_MAJOR 0
#define CREX_VERSION_MINOR 1
#define CREX_VERSION_PATCH 0

namespace crex {

/// The version of the headers, as "major.minor.patch".
inline constexpr std::string_view version = "0.1.0";

} // namespace crex
