// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <chrono>
#include <thread>

#include <crex/error.hpp>

#include "postgres/asking.hpp"
#include "postgres/queue.hpp"

// Leased messages. They belong to one session: when the connection is lost, so are they.

namespace crex::detail::postgres {

using namespace std::chrono_literals;

SlotClaim PostgresQueue::Leases::add(Answer answer, Place place) {
    const std::lock_guard lock{mutex_};
    session_.count_held(+1);
    const std::uint32_t slot = ++last_;
    const Lease& lease =
        leases_.insert_or_assign(slot, Lease{std::move(answer), place}).first->second;
    const auto bytes = lease.answer.bytes(4);
    SlotClaim claim;
    claim.bytes = {const_cast<std::byte*>(bytes.data()),
                   bytes.size()}; // crex::Lease shows it const
    claim.slot = slot;
    claim.control = static_cast<std::uint64_t>(lease.token());
    claim.priority = static_cast<unsigned>(lease.answer.integer(1));
    claim.attempts = static_cast<unsigned>(lease.answer.integer(2));
    return claim;
}

PostgresQueue::Lease PostgresQueue::Leases::take(std::uint32_t slot) {
    const std::lock_guard lock{mutex_};
    session_.count_held(-1);
    return std::move(leases_.extract(slot).mapped());
}

std::optional<SlotClaim> PostgresQueue::lease(const Call& call, const Deadline& deadline) {
    for (Attempts attempts{handle_, call, deadline, Signals::end_the_wait, Direction::message};;) {
        const Place place = attempts.begin();
        Answer answer = session_.perform(
            statements::lease, Arguments{place.handle, attempts.waits(), attempts.looks()},
            place.session);
        if (!attempts.is_answered(answer, true)) { // a lost lease comes back
            continue;
        }
        if (answer.rows() != 0) {
            attempts.succeed();
            const SlotClaim claim = leases_.add(std::move(answer), place);
            readiness_.refresh(call);
            return claim;
        }
        if (!attempts.wait()) {
            return std::nullopt;
        }
    }
}

PostgresQueue::Lease PostgresQueue::still_held(const Call& call, const SlotClaim& lease) {
    if (session_.is_inherited()) {
        throw_errno(call, ESTALE, "it was taken by the process that has forked this one");
    }
    Lease its = leases_.take(lease.slot);
    if (its.place.session != session_.number()) {
        throw_errno(call, ESTALE, "the connection to the server was lost, and the lease with it");
    }
    return its;
}

void PostgresQueue::acknowledge(const char* function, const SlotClaim& lease) {
    const Call call{function, name_};
    const Lease its = still_held(call, lease);
    const Answer answer = session_.perform(statements::acknowledge,
                                           Arguments{its.place.handle, its.message(), its.token()},
                                           its.place.session);
    if (answer.fate() == Fate::not_begun ||
        (answer.fate() == Fate::unknown && !was_acknowledged(call, its))) {
        throw_errno(call, ESTALE, "the connection to the server was lost, and the lease with it");
    }
    if (answer.is_error()) {
        throw_failure(call, answer);
    }
}

// When the answer was lost. A message that was not acknowledged stays until it is delivered again.
bool PostgresQueue::was_acknowledged(const Call& call, const Lease& lease) {
    const auto arguments = [&](std::uint64_t) {
        return Arguments{lease.message(), static_cast<std::int64_t>(lease.place.session)};
    };
    const Deadline deadline{session_.patience()};
    try {
        do {
            const Answer answer = ask(session_, call, statements::acknowledged, arguments);
            const bool is_there = answer.flag(0);
            if (const bool is_certain = answer.flag(1); is_certain) {
                return !is_there;
            }
            std::this_thread::sleep_for(10ms); // the server has not noticed the loss
        } while (!deadline.passed());
    } catch (const ConnectionError&) { // nor can it be asked
    }
    throw_connection(call, ECONNRESET, session_.last_error(), true);
}

void PostgresQueue::nack(const char* function, const SlotClaim& lease, Tried tried) {
    const Call call{function, name_};
    const Lease its = still_held(call, lease);
    const std::int32_t tries = tried == Tried::yes ? 1 : 0;
    const Answer answer = session_.perform(
        statements::nack, Arguments{its.place.handle, its.message(), its.token(), tries},
        its.place.session);
    if (answer.is_error()) {
        throw_failure(call, answer);
    }
    // If the connection was lost, the server gives it back.
}

} // namespace crex::detail::postgres
