// SPDX-License-Identifier: BSL-1.0
#include "objects/memory.hpp"
#include "objects/naming.hpp"
#include "objects/target.hpp"
#include "text/size.hpp"

namespace cli {
namespace {

// Throws if a process has, or may have, mapped bytes that would be cut off.
void expect_no_harm(const std::string& name, std::size_t size) {
    if (crex::SharedMemory{name, 0, {.read_only = true}}.size() <= size) {
        return;
    }
    const std::string text = std::string{to_string(crex::ObjectKind::shared_memory)} + ":" + name;
    const auto found = meant_by(text, crex::list_objects().objects);
    if (found.empty() || found.front().state == crex::ObjectState::stale) {
        return;
    }
    const bool is_in_use = found.front().state == crex::ObjectState::in_use;
    throw Failure{busy, (is_in_use ? printable(text) + " is in use (crex who tells by whom)"
                                   : "it is not certain that no process uses " + printable(text)) +
                            "; --force makes it shorter all the same"};
}

ExitStatus run_shm_resize(const Invocation& given) {
    const std::size_t size = size_from(given.arguments().back());
    if (size == 0) {
        throw UsageError{"the size must be at least 1"};
    }
    const std::string name =
        name_of_existing(given.arguments().front(), crex::ObjectKind::shared_memory);
    if (!given.has("force")) {
        expect_no_harm(name, size);
    }
    const crex::SharedMemory memory{name, 0, {.size = size, .sparse = given.has("sparse")}};
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
        R"(Makes the memory SIZE bytes long: 4096, 64K, 1M, 2G. New bytes are zero. SIGBUS kills a
process that touches mapped bytes which do not exist any more. So memory that is in use, or may be,
does not get shorter (exit status 75), unless --force is given.)",
    .options = {{"force,f", nullptr, "make it shorter even if it is, or may be, in use"},
                {"sparse", nullptr, "do not reserve the memory"}},
    .more = {},
    .completes = Completes::names,
    .run = run_shm_resize,
};

} // namespace cli
