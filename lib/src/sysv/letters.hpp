// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <crex/sysv/message_queue.hpp>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

// msgsnd(2) and msgrcv(2), which need a message and its type in one piece, the type first.

namespace crex::detail {

// False when the deadline passed first.
bool send(const Call& call, int id, std::span<const std::byte> body, long type,
          const Deadline& deadline);

// Nothing when the deadline passed first.
std::optional<sysv::Message> receive(const Call& call, int id, sysv::Selection which,
                                     const Deadline& deadline);

// Returns the message at that position, if there is one, and leaves it in the queue.
std::optional<sysv::Message> peek(const Call& call, int id, std::size_t position);

} // namespace crex::detail
