// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "postgres/answer.hpp"
#include "postgres/arguments.hpp"
#include "postgres/statement.hpp"

namespace crex::detail::postgres {

// A call on its way to the server and back. The session's mutex guards it.
struct Request {
    const Statement* statement;
    Arguments arguments;
    std::uint64_t session; // only in this one the handle's number means something

    bool is_done = false;
    Answer answer;
    std::condition_variable done;            // for a thread that waits
    std::function<void(const Answer&)> then; // for the session's thread; may be empty
    std::chrono::steady_clock::time_point sent;

    // Of a synced commit: the calls that wait for it.
    std::vector<std::shared_ptr<Request>> synced;
};

using RequestPointer = std::shared_ptr<Request>;

} // namespace crex::detail::postgres
