// SPDX-License-Identifier: BSL-1.0
#include <cstdlib>
#include <iostream>

#include <crex/robust_semaphore.hpp>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/command.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

unsigned slots_of(const Invocation& given) {
    const unsigned long slots = given.number("slots").value_or(1);
    if (slots == 0 || slots > crex::semaphore_value_max()) {
        throw UsageError{"--slots: one at least, and no more than a semaphore can have"};
    }
    return static_cast<unsigned>(slots);
}

// While the command runs, both processes have the permit: if only crex is killed, the command keeps
// it. Signals end a wait for a permit: a process that is killed while it waits holds none.
int run_holding(crex::RobustSemaphore& semaphore, std::vector<std::string> words,
                bool is_at_server) {
    const int kept = is_at_server ? -1 : semaphore.permit_fd();
    const int status = Runner{}.run(Command{.words = std::move(words), .kept = kept});
    semaphore.unlock();
    return status;
}

// Free and held permits.
unsigned permits_of(const crex::RobustSemaphore& semaphore) {
    unsigned permits = semaphore.value();
    for (const crex::PermitHolder& holder : semaphore.holders()) {
        permits += holder.permits;
    }
    return permits;
}

// Other processes may take and release permits during the count, so only a number that is counted
// several times is believed.
void warn_of_other_slots(const crex::RobustSemaphore& semaphore, unsigned slots) {
    constexpr int counts = 3;
    const unsigned permits = permits_of(semaphore);
    for (int i = 0; i < counts; ++i) {
        if (permits == slots || permits_of(semaphore) != permits) {
            return;
        }
    }
    std::cerr << "crex sem run: " << printable(semaphore.name()) << " is there already and has "
              << permits << (permits == 1 ? " permit" : " permits") << ", not " << slots
              << "; --slots is for a new semaphore\n";
}

int run_in_turn(const Invocation& given) {
    const auto& arguments = given.arguments();
    const auto command = given.arguments_behind();
    if (command.empty() || command.size() + 1 != arguments.size()) {
        throw UsageError{"it requires NAME -- COMMAND..., with the dashes before the command"};
    }
    const crex::Timeout timeout = timeout_of(given);
    crex::Server* const at = server_of(given);
    crex::RobustSemaphore semaphore{
        at != nullptr ? name_of(arguments.front(), crex::ObjectKind::robust_semaphore)
                      : name_of_existing(arguments.front(), crex::ObjectKind::robust_semaphore),
        crex::o_creat,
        {.mode = mode_of(given), .initial_value = slots_of(given), .at = at}};
    if (given.has("slots")) {
        warn_of_other_slots(semaphore, slots_of(given));
    }
    if (!semaphore.try_lock_for(timeout)) {
        throw Failure{busy, printable(semaphore.name()) + ": no permit in time"};
    }
    return run_holding(semaphore, command, at != nullptr);
}

// The exit status is the command's, whatever crex's own statuses mean, so -E does not change it.
ExitStatus run_sem_run(const Invocation& given) {
    std::exit(run_in_turn(given)); // NOLINT(concurrency-mt-unsafe): there is one thread
}

} // namespace

extern const Verb sem_run{
    .name = "sem run",
    .arguments = "NAME -- COMMAND...",
    .at_least = 2,
    .at_most = Verb::any_number,
    .summary = "run a command while holding a permit",
    .description =
        R"(Waits for a permit of a robust semaphore, runs the command, and gives the permit back:
like flock(1) and GNU sem. The semaphore is made if it does not exist, with as many permits as
--slots says; crex rm removes it.

No kill loses the permit. It belongs to crex and to the command together, as an inherited lock does
with flock(1). If only the command is killed, crex ends and gives the permit back. If only crex is
killed, the command goes on and keeps the permit until its end. If both are killed, the permit is
free at once for a process that comes then. Processes that wait get it within 50 ms, or 250 ms if a
waiting process was killed as well. After crex was killed, processes that the command has left
running in the background keep the permit, too, unless they have closed their descriptors.

The exit status is the command's; 128 and the signal's number if it was killed; 126 if it cannot be
started, 127 if there is no such command. If no permit is free in time, it is 75. SIGINT, SIGQUIT,
SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 that are sent to crex alone are passed on to the command. When
they are sent to a process group or service as a whole, the command has them already, and gets them
once.

With --at, the permit belongs to crex alone: if crex is killed, or loses its connection to the
server, the command goes on without it.)",
    .options = {at_option,
                {"slots,n", "N",
                 "how many may run at a time, for a new semaphore; 1, unless given; crex warns "
                 "when an existing one has another number"},
                {"mode,m", "MODE", "permissions of a new one, as in chmod(1); 600, unless given"},
                {"timeout,t", "DURATION",
                 "give up after that long, with exit status 75; 0 is at once"}},
    .more = {{"EXAMPLES", " crex sem run backup -t 0 -- rsync -a here/ there/\n"
                          " crex sem run compilers --slots 4 -- cc -c file.c"}},
    .completes = Completes::names,
    .run = run_sem_run,
};

} // namespace cli
