// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>

namespace demo {

// How the child leaves the scope in which it has the semaphore.
enum class Ending { leaves, throws, dies, by_chance };

// As --ending is given and printed: "leaves", "throws", "dies", "by-chance".
std::istream& operator>>(std::istream& in, Ending& ending);
std::ostream& operator<<(std::ostream& out, Ending ending);

} // namespace demo
