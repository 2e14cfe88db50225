// SPDX-License-Identifier: BSL-1.0
#include "objects/memory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <unistd.h>

#include "objects/naming.hpp"
#include "objects/target.hpp"
#include "text/size.hpp"

namespace cli {

crex::SharedMemory open_memory(const Invocation& given, bool read_only) {
    return crex::SharedMemory{
        name_of_existing(given.arguments().front(), crex::ObjectKind::shared_memory),
        0,
        {.read_only = read_only}};
}

Part part_of(const Invocation& given, const crex::SharedMemory& memory) {
    const std::size_t size = memory.size();
    const std::size_t offset = size_of(given, "offset").value_or(0);
    const auto& options = given.verb().options;
    const bool has_length = std::any_of(options.begin(), options.end(), [](const Option& option) {
        return std::strcmp(option.name, "length") == 0;
    });
    const auto length = has_length ? size_of(given, "length") : std::nullopt;
    if (offset > size || length.value_or(0) > size - std::min(offset, size)) {
        throw UsageError{printable(memory.name()) + " has only " + std::to_string(size) + " bytes"};
    }
    return {offset, length.value_or(size - offset)};
}

std::vector<Option> part_options() {
    return {{"offset", "SIZE", "where to begin; 0, unless given"},
            {"length", "SIZE", "how many bytes; all that follow, unless given"}};
}

void for_each_piece(
    const crex::SharedMemory& memory, Part part,
    const std::function<void(std::size_t offset, std::span<const std::byte> bytes)>& use) {
    std::vector<std::byte> buffer(std::min(part.length, std::size_t{1} << 18));
    while (part.length != 0) {
        const ssize_t count =
            ::pread(memory.fd(), buffer.data(), std::min(buffer.size(), part.length),
                    static_cast<off_t>(part.offset));
        if (count < 0) {
            throw Failure{os_error,
                          printable(memory.name()) + ": " + std::generic_category().message(errno)};
        }
        if (count == 0) {
            throw Failure{bad_data, printable(memory.name()) + " has become shorter"};
        }
        const auto size = static_cast<std::size_t>(count);
        use(part.offset, std::span{buffer}.first(size));
        part = {part.offset + size, part.length - size};
    }
}

} // namespace cli
