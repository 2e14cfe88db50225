// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string_view>

namespace crex {

/// What a named object is called: a slash, then one or more characters other than slash and NUL,
/// at most as many as limits.hpp says for its kind, and neither "." nor "..".
///
/// std::nullopt, allowed with O_CREX only, asks for a random unused name, as None does in
/// posix_ipc; the handle's name() tells which it became.
///
/// Semaphores, shared memory and kernel queues have a name space each. A queue of the boost
/// backend *is* a shared memory object and shares that one. In it, names that begin with "/sem.",
/// "/crex-sem.", "/crex-mq.", "/crex-ring.", "/crex-poll." and "/crex-aside." are the files of
/// other objects, and a semaphore whose name begins with "/crex-tmp." is one that is still being
/// made: std::invalid_argument, for opening and for unlinking. `crex rm` removes what has such a
/// name.
using Name = std::optional<std::string_view>;

} // namespace crex
