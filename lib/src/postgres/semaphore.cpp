// SPDX-License-Identifier: BSL-1.0
#include "postgres/semaphore.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <crex/limits.hpp>

#include "postgres/asking.hpp"
#include "postgres/modes.hpp"

namespace crex::detail::postgres {
namespace {

void check_options(const Call& call, const RobustSemaphoreOptions& options) {
    if (options.any_owner || options.owner || options.group) {
        throw_invalid(call, "any_owner, owner and group are not for a server");
    }
}

Handle::Kind kind() {
    return {[](Session& session, std::int64_t object, std::uint64_t number) {
                return session.perform(statements::semaphore_attach,
                                       Arguments{object, static_cast<std::int64_t>(number)},
                                       number);
            },
            statements::semaphore_close};
}

} // namespace

PostgresSemaphore::PostgresSemaphore(Session& session, std::string name, const Answer& opened,
                                     Place place)
    : session_{session}, name_{std::move(name)}, handle_{session, kind(), opened.integer(1), place},
      readiness_{handle_, statements::semaphore_is_ready} {}

PostgresSemaphore::~PostgresSemaphore() {
    if (!session_.is_inherited()) {
        forget(permits_.count);
    }
}

std::unique_ptr<RemoteSemaphore> PostgresSemaphore::open(Session& session, const Call& call,
                                                         const RobustSemaphoreOptions& options) {
    check_options(call, options);
    const auto arguments = [&](std::int64_t number) { return Arguments{call.object, number}; };
    return postgres::open<PostgresSemaphore>(session, call, statements::semaphore_open, arguments,
                                             true);
}

std::unique_ptr<RemoteSemaphore> PostgresSemaphore::create(Session& session, const Call& call,
                                                           const RobustSemaphoreOptions& options) {
    check_options(call, options);
    check_server_mode(call, options.mode);
    const auto arguments = [&](std::int64_t number) {
        return Arguments{call.object,
                         static_cast<std::int32_t>(options.mode),
                         static_cast<std::int32_t>(options.max_handles),
                         static_cast<std::int64_t>(options.initial_value),
                         options.release == Release::by_anyone,
                         number};
    };
    return postgres::open<PostgresSemaphore>(session, call, statements::semaphore_create, arguments,
                                             false);
}

bool PostgresSemaphore::acquire(const Call& call, const Deadline& deadline, Signals signals) {
    for (Attempts attempts{handle_, call, deadline, signals, Direction::permit};;) {
        const Place place = attempts.begin();
        const Answer answer = session_.perform(
            statements::acquire, Arguments{place.handle, attempts.waits(), attempts.looks()},
            place.session);
        if (!attempts.is_answered(answer, true)) { // a lost permit comes back
            continue;
        }
        if (answer.rows() != 0) {
            attempts.succeed();
            got_one(answer, place.session);
            readiness_.refresh(call);
            return true;
        }
        if (!attempts.wait()) {
            return false;
        }
    }
}

void PostgresSemaphore::got_one(const Answer& answer, std::uint64_t session) {
    const std::lock_guard lock{mutex_};
    if (permits_.session != session) {
        session_.count_held(-static_cast<int>(std::exchange(permits_.count, 0)));
        permits_.session = session;
    }
    ++permits_.count;
    permits_.is_from_dead = answer.flag(0);
    permits_.token = static_cast<std::uint64_t>(answer.integer(1));
    session_.count_held(+1);
}

void PostgresSemaphore::forget(std::uint32_t count) {
    const std::lock_guard lock{mutex_};
    const std::uint32_t its = std::min(count, permits_.count);
    permits_.count -= its;
    session_.count_held(-static_cast<int>(its));
}

bool PostgresSemaphore::are_lost() const {
    const std::lock_guard lock{mutex_};
    return permits_.count != 0 && permits_.session != session_.number();
}

void PostgresSemaphore::throw_lost(const Call& call) const {
    throw_errno(call, ESTALE, "the connection to the server was lost, and the permit with it");
}

void PostgresSemaphore::release(const Call& call, std::uint32_t count) {
    session_.check_process(call);
    if (are_lost()) {
        forget(~0U);
        throw_lost(call);
    }
    std::uint32_t held = 0;
    {
        const std::lock_guard lock{mutex_};
        held = permits_.count;
    }
    if (held >= count && held != 0) {
        const Answer answer =
            session_.perform(statements::release_held,
                             Arguments{handle_.number(), static_cast<std::int64_t>(count),
                                       static_cast<std::int64_t>(semaphore_value_max())},
                             permits_.session);
        if (answer.fate() != Fate::answered) {
            forget(~0U);
            throw_lost(call);
        }
        if (answer.is_error()) {
            throw_failure(call, answer);
        }
    } else { // it holds fewer: the server knows whether it may
        (void)ask(
            handle_, call, statements::release,
            [&](const Place& place) {
                return Arguments{place.handle, static_cast<std::int64_t>(count),
                                 static_cast<std::int64_t>(semaphore_value_max())};
            },
            false);
    }
    forget(count);
    readiness_.refresh(call);
}

bool PostgresSemaphore::previous_holder_died() const {
    const std::lock_guard lock{mutex_};
    return permits_.is_from_dead;
}

std::uint64_t PostgresSemaphore::token(const Call& call) const {
    session_.check_process(call);
    if (are_lost()) {
        throw_lost(call);
    }
    const std::lock_guard lock{mutex_};
    return permits_.token;
}

Answer PostgresSemaphore::ask_value(const Call& call) {
    const bool looks = handle_.is_time_to_look();
    return ask(handle_, call, statements::semaphore_value, [&](const Place& place) {
        return Arguments{place.handle, looks};
    });
}

std::uint32_t PostgresSemaphore::value(const Call& call) {
    return static_cast<std::uint32_t>(ask_value(call).integer(0));
}

std::uint32_t PostgresSemaphore::held(const Call& call) {
    return static_cast<std::uint32_t>(ask_value(call).integer(1));
}

std::vector<PermitHolder> PostgresSemaphore::holders(const Call& call) {
    const Answer answer = ask(handle_, call, statements::semaphore_holders,
                              [](const Place& place) { return Arguments{place.handle}; });
    std::vector<PermitHolder> result;
    for (int row = 0; row < answer.rows(); ++row) {
        result.push_back({static_cast<int>(answer.integer(0, row)),
                          static_cast<unsigned>(answer.integer(1, row))});
    }
    return result;
}

bool PostgresSemaphore::is_linked() const {
    return ask(session_, {"RobustSemaphore::is_linked", name_}, statements::semaphore_is_linked,
               [&](std::uint64_t) { return Arguments{handle_.object()}; })
        .flag(0);
}

} // namespace crex::detail::postgres
