// SPDX-License-Identifier: BSL-1.0
#include <limits>

#include <crex/robust_semaphore.hpp>
#include <crex/semaphore.hpp>

#include "objects/server.hpp"
#include "objects/target.hpp"

namespace cli {
namespace {

unsigned count_of(const Invocation& given) {
    const unsigned long count = given.number("count").value_or(1);
    if (count == 0 || count > std::numeric_limits<int>::max()) {
        throw UsageError{"--count: one at least, and no more than a semaphore can have"};
    }
    return static_cast<unsigned>(count);
}

ExitStatus run_sem_release(const Invocation& given) {
    const unsigned count = count_of(given);
    const Target target = resolve_semaphore(given);
    if (target.kind == crex::ObjectKind::robust_semaphore) {
        crex::RobustSemaphore{target.name, 0, {.at = server_of(given)}}.release(count);
    } else {
        crex::Semaphore{target.name}.release(count);
    }
    return fine;
}

} // namespace

extern const Verb sem_release{
    .name = "sem release",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "give a permit to a semaphore",
    .description =
        R"(Adds one to the semaphore's value, and wakes a process that waits for it. A robust
semaphore takes new permits only if it was made with --anybody. Otherwise only holders may release,
and crex is not a holder (exit status 77).)",
    .options = {{"count,n", "N", "how many permits; 1, unless given"},
                {"backend,b", "BACKEND", "robust or posix, where both have the name"},
                at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_sem_release,
};

} // namespace cli
