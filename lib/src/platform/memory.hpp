// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace crex::detail {

// How many more bytes of memory this process's control groups (cgroups(7), of either version) let
// it have. Nothing where there is no limit, or none that can be read. The kernel does not refuse
// memory beyond the limit but starts the out-of-memory killer, so callers check first.
//
// `root` is the root of the file system: "" except in tests.
std::optional<std::uint64_t> memory_left(const std::string& root = {});

} // namespace crex::detail
