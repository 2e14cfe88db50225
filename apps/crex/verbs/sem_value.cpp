// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include <crex/robust_semaphore.hpp>
#include <crex/semaphore.hpp>

#include "objects/server.hpp"
#include "objects/target.hpp"

namespace cli {
namespace {

ExitStatus run_sem_value(const Invocation& given) {
    const Target target = resolve_semaphore(given);
    const unsigned value =
        target.kind == crex::ObjectKind::robust_semaphore
            ? crex::RobustSemaphore{target.name, 0, {.at = server_of(given)}}.value()
            : crex::Semaphore{target.name}.value();
    std::cout << value << '\n';
    return fine;
}

} // namespace

extern const Verb sem_value{
    .name = "sem value",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "show how many permits are free",
    .description = R"(Writes the semaphore's value. It may have changed before you read it.)",
    .options = {{"backend,b", "BACKEND", "robust or posix, where both have the name"}, at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_sem_value,
};

} // namespace cli
