// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

#include <crex/message_queue.hpp>

namespace demo {

// Takes the messages that are there, and prints them. Returns their number.
std::size_t print_dings(crex::MessageQueue& queue);

} // namespace demo
