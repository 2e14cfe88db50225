// SPDX-License-Identifier: BSL-1.0
#include "io/streams.hpp"
#include "objects/memory.hpp"

namespace cli {
namespace {

ExitStatus run_shm_cat(const Invocation& given) {
    const crex::SharedMemory memory = open_memory(given, true);
    for_each_piece(memory, part_of(given, memory),
                   [](std::size_t, std::span<const std::byte> bytes) { write_all(bytes); });
    return fine;
}

} // namespace

extern const Verb shm_cat{
    .name = "shm cat",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "write shared memory to standard output",
    .description =
        R"(Writes the memory's bytes, or a part of them, to standard output. They are read a piece
at a time while other processes may change them.)",
    .options = part_options(),
    .more = {{"EXAMPLES", " crex shm cat buffer --offset 16 --length 4"}},
    .completes = Completes::names,
    .run = run_shm_cat,
};

} // namespace cli
