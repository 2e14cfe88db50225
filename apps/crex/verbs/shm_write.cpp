// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cerrno>
#include <system_error>

#include <unistd.h>

#include "io/streams.hpp"
#include "objects/memory.hpp"
#include "objects/naming.hpp"
#include "text/size.hpp"

namespace cli {
namespace {

void put(const crex::SharedMemory& memory, std::span<const std::byte> bytes, std::size_t offset) {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pwrite(memory.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno != EINTR) {
            throw Failure{os_error,
                          printable(memory.name()) + ": " + std::generic_category().message(errno)};
        }
        offset += count < 0 ? 0 : static_cast<std::size_t>(count);
        bytes = bytes.subspan(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
}

// With write(2) and not in place: if another process shrinks the memory, no SIGBUS follows.
ExitStatus run_shm_write(const Invocation& given) {
    const crex::SharedMemory memory = open_memory(given, false);
    const std::size_t size = memory.size();
    std::size_t offset = part_of(given, memory).offset;
    std::array<std::byte, std::size_t{1} << 16> buffer{};
    while (const std::size_t count = read_some(buffer)) {
        const std::size_t room = std::min(count, size - offset);
        put(memory, std::span{buffer}.first(room), offset);
        offset += room;
        if (room < count) {
            throw Failure{bad_data, printable(memory.name()) + " has " + std::to_string(size) +
                                        " bytes; what came after was not written"};
        }
    }
    return fine;
}

} // namespace

extern const Verb shm_write{
    .name = "shm write",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "write standard input into shared memory",
    .description =
        R"(Writes standard input over the memory's bytes, from the first one or --offset on. The
memory keeps its length: what does not fit is an error (exit status 65), after the part that fits
was written.)",
    .options = {{"offset", "SIZE", "where to begin; 0, unless given"}},
    .more = {{"EXAMPLES", " printf hello | crex shm write buffer --offset 16"}},
    .completes = Completes::names,
    .run = run_shm_write,
};

} // namespace cli
