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
/// backend *is* a shared memory object and shares that one.
using Name = std::optional<std::string_view>;

} // namespace crex
