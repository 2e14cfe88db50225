// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <crex/sysv/message_queue.hpp>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

// msgsnd(2) and msgrcv(2), which want a message behind its type, in one piece.

namespace crex::detail {

// False when the deadline passed first.
bool send(const Call& call, int id, std::span<const std::byte> body, long type,
          const Deadline& deadline);

// Nothing when the deadline passed first.
std::optional<sysv::Message> receive(const Call& call, int id, sysv::Selection which,
                                     const Deadline& deadline);

// The message at that position, if there is one. It stays.
std::optional<sysv::Message> peek(const Call& call, int id, std::size_t position);

} // namespace crex::detail
