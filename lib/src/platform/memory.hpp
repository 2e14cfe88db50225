// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace crex::detail {

// How much more memory this process's control groups (cgroups(7), of either version) let it have:
// nothing where there is no limit, or none that can be read. What goes beyond it is not refused but
// ends in the out-of-memory killer, so it had better be asked first.
//
// `root` is where the file system begins; "" but for tests.
std::optional<std::uint64_t> memory_left(const std::string& root = {});

} // namespace crex::detail
