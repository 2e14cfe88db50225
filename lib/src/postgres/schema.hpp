// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

namespace crex::detail::postgres {

// The files of sql/, in order. CMake embeds them (embed_sql.cmake).
extern const std::span<const char* const> schema;

// The files of sql/upgrade: the first one makes version 2 of version 1.
extern const std::span<const char* const> upgrades;

} // namespace crex::detail::postgres
