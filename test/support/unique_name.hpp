// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace test {

/// A name no other test uses, now or in another run. All begin with name_prefix(), so that what a
/// test leaves behind is told from what others own.
std::string unique_name();

/// "/crex-test-" and what marks this build tree.
std::string name_prefix();

} // namespace test
