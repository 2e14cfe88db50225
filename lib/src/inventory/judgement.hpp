// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/inventory.hpp>

#include "inventory/families.hpp"

namespace crex::detail {

// Looks at all processes, adds those that use an object, and says whether it is in use.
//
//   in use    a process was found that has it, or the object or the kernel says that there is one
//   stale     none was found, and either it is proved that there is none (by the object's lock
//             bytes, or the kernel's count), or every process was looked into; and 50 ms later it
//             is still there, and still so
//   unknown   otherwise
//
// Not looking at processes is like seeing none of them.
Inventory judged(Findings findings, bool look_at_processes);

} // namespace crex::detail
