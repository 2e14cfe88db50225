// SPDX-License-Identifier: BSL-1.0
#include "mq_work.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include <crex/error.hpp>

#include "command.hpp"
#include "interruption.hpp"
#include "naming.hpp"
#include "receiving.hpp"
#include "target.hpp"

namespace cli {
namespace {

constexpr int interrupted = 128 + SIGINT;

// A file without a name that has the message in it: unlike a pipe, it is never full, and nobody
// minds if the command does not read it.
class Letter {
public:
    explicit Letter(std::span<const std::byte> body) : fd_{memfd_create("message", MFD_CLOEXEC)} {
        const auto size = static_cast<ssize_t>(body.size());
        if (fd_ < 0 || (size != 0 && ::pwrite(fd_, body.data(), body.size(), 0) != size)) {
            const int error = errno;
            ::close(fd_);
            throw Failure{os_error, std::string{"no memory for a message: "} +
                                        std::generic_category().message(error)};
        }
    }
    ~Letter() { ::close(fd_); }
    Letter(const Letter&) = delete;
    Letter& operator=(const Letter&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

int status_of(const std::string& command, const crex::Lease& lease) {
    const Letter letter{lease.bytes()};
    // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
    ::setenv("CREX_PRIORITY", std::to_string(lease.priority()).c_str(), 1);
    ::setenv("CREX_ATTEMPTS", std::to_string(lease.attempts()).c_str(), 1);
    // NOLINTEND(concurrency-mt-unsafe)
    return run(Command{.words = {"/bin/sh", "-c", command}, .input = letter.fd()});
}

// No stop token here: if crex is killed, the lease goes back.
std::optional<crex::Lease> next(crex::MessageQueue& queue, const Invocation& given,
                                const HowMany& how_many) {
    auto lease =
        queue.try_lease(how_many.only_what_is_there ? crex::do_not_wait : timeout_of(given));
    if (!lease && !how_many.only_what_is_there) {
        throw Failure{busy, printable(queue.name()) + ": no message in time"};
    }
    return lease;
}

// 0, or the command's status.
int work_through(crex::MessageQueue& queue, const Invocation& given, HowMany how_many) {
    const bool keep_going = given.has("keep-going");
    for (; how_many.left != 0; --how_many.left) {
        auto lease = next(queue, given, how_many);
        if (!lease) {
            break;
        }
        const int status = status_of(*given.value("exec"), *lease);
        if (status == 0) {
            lease->ack();
        } else if (lease->give_back(); !keep_going || status == interrupted) {
            return status;
        }
    }
    return 0;
}

} // namespace

ExitStatus work(const Invocation& given) {
    crex::MessageQueue queue = open_queue(given, May::both);
    if (queue.backend() != crex::Backend::robust) {
        throw UsageError{"--exec: " + printable(queue.name()) + " is of the " +
                         std::string{to_string(queue.backend())} +
                         " backend; only a robust queue takes a message back"};
    }
    const HowMany how_many_are_wanted = how_many(given);
    int status = 0;
    try {
        status = work_through(queue, given, how_many_are_wanted);
    } catch (const crex::ShutdownError&) {
        if (!how_many_are_wanted.no_end) {
            throw;
        }
    }
    queue.close();
    std::exit(status); // NOLINT(concurrency-mt-unsafe): the command's, not for -E to change
}

} // namespace cli
