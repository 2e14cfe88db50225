// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "invocation.hpp"

namespace cli {

// mq recv --exec: leases each message to a command, and acknowledges it once the command succeeded.
ExitStatus work(const Invocation& given);

} // namespace cli
