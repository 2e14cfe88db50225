// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <utility>
#include <vector>

#include "postgres/answer.hpp"
#include "postgres/arguments.hpp"
#include "postgres/statement.hpp"

namespace crex::detail::postgres {

// A call on its way to the server and back. The session's mutex guards it.
struct Request {
    Request(const Statement& its, Arguments its_arguments)
        : statement{&its}, arguments{std::move(its_arguments)} {}

    void end(Answer with) {
        answer = std::move(with);
        is_done = true;
        changed.notify_all();
    }

    const Statement* statement;
    Arguments arguments;
    std::chrono::steady_clock::time_point sent;

    bool is_done = false;
    Answer answer;
    std::condition_variable changed; // for the thread that waits: it is done, or must poll itself

    // Of a synced commit: the calls that wait for it.
    std::vector<std::shared_ptr<Request>> synced;
};

using RequestPointer = std::shared_ptr<Request>;

} // namespace crex::detail::postgres
