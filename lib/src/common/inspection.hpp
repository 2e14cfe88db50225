// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <crex/inventory.hpp>

#include "common/errors.hpp"

namespace crex::detail {

// What the system says of the file at `path`, or of the open file. Nothing when it does not exist,
// or is no regular file.
std::optional<ObjectInfo> info_of(const Call& call, const std::string& path);
std::optional<ObjectInfo> info_of(const Call& call, int fd);

} // namespace crex::detail
