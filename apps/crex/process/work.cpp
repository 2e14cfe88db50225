// SPDX-License-Identifier: BSL-1.0
#include "process/work.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <stop_token>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include <crex/error.hpp>

#include "io/reader.hpp"
#include "objects/naming.hpp"
#include "objects/receiving.hpp"
#include "objects/target.hpp"
#include "process/command.hpp"
#include "process/interruption.hpp"
#include "process/signals.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto straggler = 50ms; // in which a signal to a whole service reaches all its processes

// A file without a name that holds the message. Unlike a pipe, it is never full, and the command
// does not have to read it.
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

// Gives leases to commands until the queue, the count, a command or a signal ends it.
class Working {
public:
    explicit Working(const Invocation& given)
        : blocked_{ending_signals()}, queue_{open_queue(given, May::both)},
          command_{*given.value("exec")}, timeout_{timeout_of(given)}, how_many_{how_many(given)},
          keep_going_{given.has("keep-going")} {
        if (!has_leases(queue_)) {
            throw UsageError{"--exec: " + printable(queue_.name()) + " is of the " +
                             std::string{to_string(queue_.backend())} +
                             " backend; only a robust queue takes a message back"};
        }
    }

    // Returns 0, or the command's status. Dies of the signal that ends it.
    int run() {
        int status = 0;
        try {
            for (; how_many_.left != 0 && status == 0; --how_many_.left) {
                auto lease = next();
                if (!lease) {
                    break;
                }
                status = work_on(*lease);
            }
        } catch (const crex::ShutdownError&) {
            if (!how_many_.no_end) {
                throw;
            }
        }
        queue_.close();
        if (const int signal = runner_.asked_to_end()) {
            die_of(signal);
        }
        return status;
    }

private:
    // Nothing when there are no more messages, or when a signal came first.
    std::optional<crex::Lease> next() {
        if (runner_.asked_to_end() != 0) {
            return std::nullopt;
        }
        auto lease = queue_.try_lease(
            how_many_.only_what_is_there ? crex::do_not_wait : crex::Timeout{timeout_, stop_});
        if (!lease && !how_many_.only_what_is_there && runner_.asked_to_end() == 0) {
            throw Failure{busy, printable(queue_.name()) + ": no message in time"};
        }
        return lease;
    }

    // Returns the status to end the loop with; 0 to go on.
    int work_on(crex::Lease& lease) {
        const int status = status_of(lease);
        if (status == 0) {
            lease.ack();
            return 0;
        }
        if (is_cut_short(status)) {
            lease.nack_untried();
            return status;
        }
        lease.nack();
        return keep_going_ ? 0 : status;
    }

    int status_of(const crex::Lease& lease) {
        const Letter letter{lease.bytes()};
        return runner_.run({.words = {"/bin/sh", "-c", command_},
                            .environment = {"CREX_PRIORITY=" + std::to_string(lease.priority()),
                                            "CREX_ATTEMPTS=" + std::to_string(lease.attempts())},
                            .input = letter.fd()});
    }

    // Whether the command failed because it and crex were asked to end, or because its output has
    // no reader, and not because of the message.
    bool is_cut_short(int status) {
        const sigset_t ending = ending_signals();
        const bool by_a_signal = status > 128 && sigismember(&ending, status - 128) == 1;
        return runner_.asked_to_end(by_a_signal ? straggler : 0ms) != 0 || reader_has_gone();
    }

    Blocked blocked_;
    std::stop_token stop_{stop_at(ending_signals())};
    Runner runner_;
    crex::MessageQueue queue_;
    std::string command_;
    crex::Timeout timeout_;
    HowMany how_many_;
    bool keep_going_;
};

} // namespace

ExitStatus work(const Invocation& given) {
    std::exit(Working{given}.run()); // NOLINT(concurrency-mt-unsafe): not for -E to change
}

} // namespace cli
