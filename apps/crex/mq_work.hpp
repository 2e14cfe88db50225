// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "invocation.hpp"

namespace cli {

// mq recv --exec: each message is out for work to a command, and gone once that has succeeded.
ExitStatus work(const Invocation& given);

} // namespace cli
