// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "common/channel.hpp"
#include "common/errors.hpp"
#include "common/parameters.hpp"
#include "common/role.hpp"

// The conversation, over any channel. Premise begins with the time of day. From then on each
// process answers the text it heard with its MD5 digest, and checks that the next text it hears is
// the digest of what it said.

namespace demo {

// Holds the conversation and reports the result on standard output, also when it ends with an
// exception. Returns `fine` or `corruption`.
ExitStatus converse(Role role, Channel& channel, const Parameters& parameters);

} // namespace demo
