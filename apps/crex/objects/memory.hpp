// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <crex/shared_memory.hpp>

#include "invocation.hpp"

// Shared memory, or a part of it, for verbs that go through its bytes.

namespace cli {

crex::SharedMemory open_memory(const Invocation& given, bool read_only);

struct Part {
    std::size_t offset;
    std::size_t length;
};

// The part that --offset and --length give, where the verb has them. Throws UsageError for a part
// that is not wholly inside the memory.
Part part_of(const Invocation& given, const crex::SharedMemory& memory);
std::vector<Option> part_options();

// Reads with read(2) and not in place. So if another process shrinks the memory, reading ends
// there, and no SIGBUS kills this process.
void for_each_piece(
    const crex::SharedMemory& memory, Part part,
    const std::function<void(std::size_t offset, std::span<const std::byte> bytes)>& use);

} // namespace cli
