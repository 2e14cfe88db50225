// SPDX-License-Identifier: BSL-1.0
#include <crex/semaphore.hpp>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

ExitStatus run_sem_acquire(const Invocation& given) {
    const Target target = resolve_semaphore(given);
    if (target.kind == crex::ObjectKind::robust_semaphore) {
        throw UsageError{printable(target.name) +
                         " is robust: a permit would come back at once, when crex ends; "
                         "crex sem run keeps it for a command"};
    }
    crex::Semaphore semaphore{target.name};
    if (!semaphore.try_acquire_for(timeout_from(given))) {
        end_if_interrupted();
        throw Failure{busy, printable(target.name) + ": no permit in time"};
    }
    return fine;
}

} // namespace

extern const Verb sem_acquire{
    .name = "sem acquire",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "take a permit of a semaphore",
    .description =
        R"(Waits until the semaphore's value is above zero, and takes one permit. Only crex sem
release, or a program, gives it back. For a permit that comes back by itself, see crex-sem-run(1);
robust semaphores are used with that only.)",
    .options = {{"timeout,t", "DURATION",
                 "give up after that long, with exit status 75; 0 is at once"},
                {"backend,b", "BACKEND", "robust or posix, where both have the name"},
                at_option},
    .more = {{"EXAMPLES", " crex sem acquire turn -t 0 || echo taken"}},
    .completes = Completes::names,
    .run = run_sem_acquire,
};

} // namespace cli
