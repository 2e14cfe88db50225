// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include "postgres/attempts.hpp"
#include "postgres/failures.hpp"

namespace crex::detail::postgres {

// A call of the server for which no thread waits longer than the session's patience. `arguments`
// makes them for a place. If `is_repeatable`, a call whose answer was lost is made again.
template <class MakeArguments>
Answer ask(Handle& handle, const Call& call, const Statement& statement,
           MakeArguments make_arguments, bool is_repeatable = true) {
    const Deadline deadline{handle.session().patience()};
    for (Attempts attempts{handle, call, deadline, Signals::are_ignored, Direction::readiness};;) {
        const Place place = attempts.begin();
        Answer answer = handle.session().perform(statement, make_arguments(place), place.session);
        if (attempts.is_answered(answer, is_repeatable)) {
            return answer;
        }
    }
}

// A call without a handle. `make_arguments` gets the number of the session.
template <class MakeArguments>
Answer ask(Session& session, const Call& call, const Statement& statement,
           MakeArguments make_arguments, bool is_repeatable = true) {
    session.check_process(call);
    const Deadline deadline{session.patience()};
    bool may_have_happened = false;
    for (;;) {
        const std::uint64_t number = session.wait_for_connection(deadline);
        if (number == 0) {
            throw_connection(call, ECONNRESET, session.last_error(), may_have_happened);
        }
        Answer answer = session.perform(statement, make_arguments(number), number);
        if (answer.fate() == Fate::unknown) {
            may_have_happened = true;
            if (!is_repeatable) {
                throw_connection(call, ECONNRESET, answer.error(), true);
            }
        }
        if (answer.is_error() && !may_be_repeated(answer)) {
            throw_failure(call, answer);
        }
        if (answer.fate() == Fate::answered && !answer.is_error()) {
            return answer;
        }
    }
}

// Opens or creates an object by a function of the schema that returns its handle, its number and
// what else the constructor of Object reads, or nothing: then the result is null. `make_arguments`
// gets the number of the session.
template <class Object, class MakeArguments, class... Options>
std::unique_ptr<Object> open(Session& session, const Call& call, const Statement& statement,
                             MakeArguments make_arguments, bool is_repeatable,
                             const Options&... options) {
    Place place{0, 0};
    const auto arguments = [&](std::uint64_t number) {
        place.session = number;
        return make_arguments(static_cast<std::int64_t>(number));
    };
    const Answer opened = ask(session, call, statement, arguments, is_repeatable);
    if (opened.rows() == 0) {
        return nullptr;
    }
    place.handle = opened.integer(0);
    return std::make_unique<Object>(session, std::string{call.object}, options..., opened, place);
}

} // namespace crex::detail::postgres
