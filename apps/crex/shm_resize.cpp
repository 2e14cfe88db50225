// SPDX-License-Identifier: BSL-1.0
#include "memory.hpp"
#include "size.hpp"
#include "target.hpp"

namespace cli {
namespace {

ExitStatus run(const Invocation& given) {
    const std::size_t size = size_from(given.arguments().back());
    if (size == 0) {
        throw UsageError{"memory has one byte at least"};
    }
    const crex::SharedMemory memory{
        name_of(given.arguments().front(), crex::ObjectKind::shared_memory),
        0,
        {.size = size, .sparse = given.has("sparse")}};
    return fine;
}

} // namespace

extern const Verb shm_resize{
    .name = "shm resize",
    .arguments = "NAME SIZE",
    .at_least = 2,
    .at_most = 2,
    .summary = "make shared memory longer or shorter",
    .description =
        R"(Makes the memory SIZE bytes long: 4096, 64K, 1M, 2G. New bytes are zero. Whoever has mapped bytes
that it has no more, and touches them, is killed by SIGBUS.)",
    .options = {{"sparse", nullptr, "promise the memory instead of reserving it"}},
    .more = {},
    .completes = Completes::names,
    .run = run,
};

} // namespace cli
