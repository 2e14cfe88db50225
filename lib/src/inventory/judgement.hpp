// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/inventory.hpp>

#include "inventory/families.hpp"

namespace crex::detail {

// Looks at all processes, adds those that use an object, and says whether the object is in use.
//
//   in use    a process was found that has it, or the object or the kernel says that there is one
//   stale     no process was found, and either the object's lock bytes or the kernel's count prove
//             that there is none, or every process was looked into; and 50 ms later the object
//             still exists, and is still unused
//   unknown   otherwise
//
// Without `options.users`, no process counts as looked into.
Inventory judged(Findings findings, const InventoryOptions& options);

} // namespace crex::detail
