// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <iostream>
#include <vector>

#include <crex/error.hpp>

#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

// From one queue to another. A message leaves the first one when it is in the second.
class Bridge {
public:
    explicit Bridge(const Invocation& given)
        : from_{open(given, 0, "from-at", May::receive)}, to_{open(given, 1, "to-at", May::send)},
          patience_{timeout_from(given)}, window_{window_of(given)}, drains_{given.has("drain")} {
        if (!has_leases(from_)) {
            throw UsageError{printable(from_.name()) + " is of the " +
                             std::string{to_string(from_.backend())} +
                             " backend; only a robust queue takes a message back"};
        }
        if (from_.backend() == to_.backend() && from_.id() == to_.id()) {
            throw UsageError{"FROM and TO are one queue"};
        }
    }

    // Returns when there is nothing more to move.
    void run() {
        while (lease_some()) {
            send_all();
        }
    }

    void report() const {
        std::cout << "moved " << moved_;
        if (unsure_ != 0) {
            std::cout << ", of which " << unsure_ << " may be moved again";
        }
        std::cout << '\n';
    }

private:
    static crex::MessageQueue open(const Invocation& given, std::size_t argument,
                                   const std::string& at, May may) {
        return open_queue(given.arguments()[argument], server_of(given, at), may);
    }

    static std::size_t window_of(const Invocation& given) {
        constexpr unsigned long usual = 64;
        constexpr unsigned long most = 4096;
        const unsigned long window = given.number("window").value_or(usual);
        if (window == 0 || window > most) {
            throw UsageError{"--window: 1 to " + std::to_string(most)};
        }
        return window;
    }

    // Waits for the first message only. False when there is none to come.
    bool lease_some() {
        leases_.clear();
        const auto first = drains_ ? crex::Timeout{crex::do_not_wait} : patience_;
        try {
            while (leases_.size() < window_) {
                auto lease = from_.try_lease(leases_.empty() ? first : crex::do_not_wait);
                if (!lease) {
                    break;
                }
                leases_.push_back(*std::move(lease));
            }
        } catch (const crex::ShutdownError&) {
            return !leases_.empty();
        }
        end_if_interrupted(); // the leases go back
        if (leases_.empty() && !drains_) {
            throw Failure{busy, printable(from_.name()) + ": no message in time"};
        }
        return !leases_.empty();
    }

    [[nodiscard]] bool fits(const crex::Lease& lease) const {
        return lease.bytes().size() <= to_.max_message_size();
    }

    // In their order; those of one priority that follow each other are sent at once.
    void send_all() {
        for (auto begin = leases_.begin(); begin != leases_.end();) {
            if (!fits(*begin)) {
                const std::string size = std::to_string(begin->bytes().size());
                give_back(begin);
                throw Failure{bad_data, printable(to_.name()) + ": it takes no message of " + size +
                                            " bytes"};
            }
            const auto end = std::find_if(begin, leases_.end(), [&](const crex::Lease& each) {
                return each.priority() != begin->priority() || !fits(each);
            });
            const std::size_t sent = send({begin, end});
            const auto rest = begin + static_cast<std::ptrdiff_t>(sent);
            std::for_each(begin, rest, [this](crex::Lease& lease) { acknowledge(lease); });
            if (rest != end) {
                give_up(rest);
            }
            begin = end;
        }
    }

    // Without a time limit, so that a call whose answer is lost is made again, and known, until
    // there is an answer.
    std::size_t send(std::span<const crex::Lease> leases) {
        std::vector<std::span<const std::byte>> bodies;
        bodies.reserve(leases.size());
        for (const crex::Lease& lease : leases) {
            bodies.push_back(lease.bytes());
        }
        try {
            return to_.send_many(bodies, interruption(), leases.front().priority());
        } catch (...) {
            give_back(leases_.begin() + (leases.data() - leases_.data()));
            end_if_interrupted();
            throw;
        }
    }

    // A message whose lease was lost before its acknowledgement is moved again.
    void acknowledge(crex::Lease& lease) {
        ++moved_;
        try {
            lease.ack();
        } catch (const crex::LeaseLostError&) {
            ++unsure_;
        } catch (const crex::ConnectionError&) {
            ++unsure_;
        }
    }

    using Place = std::vector<crex::Lease>::iterator;

    // The messages have done nothing that a dead letter would have to tell.
    void give_back(Place begin) {
        for (; begin != leases_.end(); ++begin) {
            try {
                begin->nack_untried();
            } catch (const crex::Error&) { // it is lost, and so goes back by itself
            }
        }
    }

    [[noreturn]] void give_up(Place begin) {
        give_back(begin);
        end_if_interrupted();
        throw Failure{busy, printable(to_.name()) + ": it does not take messages"};
    }

    crex::MessageQueue from_;
    crex::MessageQueue to_;
    crex::Timeout patience_;
    std::size_t window_;
    bool drains_;
    std::vector<crex::Lease> leases_;
    std::uint64_t moved_ = 0;
    std::uint64_t unsure_ = 0;
};

ExitStatus run_mq_bridge(const Invocation& given) {
    if (given.has("drain") && given.has("timeout")) {
        throw UsageError{"one of --drain and --timeout"};
    }
    interruption(5s); // the time to acknowledge what was sent
    Bridge bridge{given};
    bridge.run();
    if (given.has("verbose")) {
        bridge.report();
    }
    return fine;
}

} // namespace

extern const Verb mq_bridge{
    .name = "mq bridge",
    .arguments = "FROM TO",
    .at_least = 2,
    .at_most = 2,
    .summary = "move messages from one queue to another, also to or from a server",
    .description =
        R"(Moves the messages of a queue into another queue, in their order and with their
priorities, until the first one is shut down. Either queue may be at a server: so the programs of a
machine can send into a local queue, at its speed and also while the server is out of reach.

No message is lost when crex or the server is killed, at whatever moment: a message is leased, sent,
and then acknowledged. But it may arrive twice: if crex is killed, or loses its connection to the
server of FROM, between sending and acknowledging, the message goes back and is moved again. A kill
can do that to --window messages at most. The receiver must bear it; a number in each message is
enough to notice it.

What a queue on this machine holds is lost with the machine; only what has arrived at the server is
safe from that. If messages of FROM can become dead letters (--max-attempts), a kill of crex counts
as an attempt of the messages that it had leased.

Waits while TO is full. A message that is too long for TO ends crex with exit status 65; the message
is still in FROM. SIGINT, SIGTERM, SIGHUP and SIGQUIT end crex when it has acknowledged what it has
sent, and give back the rest.

From a server, each message takes two round trips. Several bridges can share a queue there; then
messages overtake each other.)",
    .options = {{"from-at", "SERVER", "FROM is at this server: service=NAME"},
                {"to-at", "SERVER", "TO is at this server: service=NAME"},
                {"window,w", "N",
                 "lease up to N messages at a time, and send them together; 64, unless given"},
                {"drain", nullptr, "move what is there, and end"},
                {"timeout,t", "DURATION",
                 "give up, with exit status 75, when no message has come for that long"},
                {"verbose,v", nullptr, "say at the end how many were moved"}},
    .more = {{"EXAMPLES", " crex mq bridge outbox jobs --to-at service=hub\n"
                          " crex mq bridge results results --from-at service=hub --drain"}},
    .completes = Completes::names,
    .run = run_mq_bridge,
};

} // namespace cli
