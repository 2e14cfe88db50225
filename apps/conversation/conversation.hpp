// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "conversation/channel.hpp"
#include "conversation/errors.hpp"
#include "conversation/parameters.hpp"
#include "conversation/role.hpp"

// The conversation, over any channel. Premise begins with the time of day; from then on each
// answers what she heard with its MD5 digest, and checks that what she hears is the digest of what
// she said.

namespace demo {

// Holds the conversation and reports how it went on the standard output, also when it ends with an
// exception. Answers `fine` or `corruption`.
ExitStatus converse(Role role, Channel& channel, const Parameters& parameters);

} // namespace demo
