// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cctype>
#include <cstdio>

#include "io/streams.hpp"
#include "objects/memory.hpp"

namespace cli {
namespace {

constexpr std::size_t width = 16;

std::string hexadecimal(std::size_t number, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%0*zx", digits, number);
    return text.data();
}

// In the format of hexdump -C.
std::string line_of(std::size_t offset, std::span<const std::byte> bytes) {
    std::string hex;
    std::string text;
    for (std::size_t i = 0; i < width; ++i) {
        hex += i % (width / 2) == 0 ? "  " : " ";
        if (i < bytes.size()) {
            const auto byte = std::to_integer<unsigned char>(bytes[i]);
            hex += hexadecimal(byte, 2);
            text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
        } else {
            hex += "  ";
        }
    }
    return hexadecimal(offset, 8).append(hex).append("  |").append(text).append("|\n");
}

ExitStatus run_shm_dump(const Invocation& given) {
    const crex::SharedMemory memory = open_memory(given, true);
    Output output;
    for_each_piece(memory, part_of(given, memory),
                   [&](std::size_t offset, std::span<const std::byte> bytes) {
                       for (; !bytes.empty(); offset += width) {
                           const auto line = bytes.first(std::min(width, bytes.size()));
                           output.put(line_of(offset, line));
                           output.flush_if_long();
                           bytes = bytes.subspan(line.size());
                       }
                   });
    output.flush();
    return fine;
}

} // namespace

extern const Verb shm_dump{
    .name = "shm dump",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "show the bytes of shared memory",
    .description =
        R"(Writes sixteen bytes a line: their offset, each byte in hexadecimal, and each byte as
ASCII if it is printable, else as a dot.)",
    .options = part_options(),
    .more = {},
    .completes = Completes::names,
    .run = run_shm_dump,
};

} // namespace cli
