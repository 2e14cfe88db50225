// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

namespace crex::detail::postgres {

// The files of sql/, in order. CMake embeds them (embed_sql.cmake).
extern const std::span<const char* const> schema;

} // namespace crex::detail::postgres
