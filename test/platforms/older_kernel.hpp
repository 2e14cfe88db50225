// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace test {

/// What can be taken away: "futex_waitv", "o_tmpfile" and so on.
std::vector<std::string> kernel_features();

/// From here on, the kernel seems not to have the feature, for this thread, the threads and the
/// processes that it starts, and the programs that these execute. The calls fail as on a kernel
/// that does not know them (seccomp(2)). There is no way back. False when the system does not
/// permit it. Throws std::invalid_argument for an unknown feature.
///
/// A program of another architecture than this one keeps the feature.
bool lose_kernel_feature(const std::string& feature);

} // namespace test
