// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace test {

/// A name that no other test uses, now or in another run. All begin with name_prefix(), so that
/// objects left by a test can be distinguished from those of other programs.
std::string unique_name();

/// "/crex-test-" and the mark of this build tree.
std::string name_prefix();

} // namespace test
