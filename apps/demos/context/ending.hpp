// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>

namespace demo {

// How the child leaves the scope in which it holds the semaphore.
enum class Ending { leaves, throws, dies, by_chance };

// The texts of --ending and of messages: "leaves", "throws", "dies", "by-chance".
std::istream& operator>>(std::istream& in, Ending& ending);
std::ostream& operator<<(std::ostream& out, Ending ending);

} // namespace demo
