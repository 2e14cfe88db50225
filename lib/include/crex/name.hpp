// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string_view>

namespace crex {

/// The name of a named object: a slash, then one or more characters other than slash and NUL, at
/// most as many as limits.hpp says for its kind, and neither "." nor "..".
///
/// std::nullopt, allowed with O_CREX only, requests a random unused name, as None does in
/// posix_ipc; the handle's name() returns the name that was chosen.
///
/// Each kind of named object has a name space of its own, with one exception: a queue of the boost
/// backend *is* a shared memory object. In the name space of these two, names that begin with
/// "/sem.", "/crex-sem.", "/crex-mq.", "/crex-ring.", "/crex-poll." and "/crex-aside." are the
/// files of other objects. A semaphore whose name begins with "/crex-tmp." is one that is still
/// being created. To open or unlink such a name throws std::invalid_argument. `crex rm` removes
/// what has such a name.
using Name = std::optional<std::string_view>;

} // namespace crex
