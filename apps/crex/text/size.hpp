// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "invocation.hpp"

namespace cli {

// "4096", "64K", "1M", "2G", "1T": bytes, by 1024. Throws UsageError for anything else.
std::size_t size_from(const std::string& text);

// The size that an option gives; errors name the option.
std::optional<std::size_t> size_of(const Invocation& given, const std::string& option);

} // namespace cli
