// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include <crex/message_queue.hpp>

namespace demo {

// What is between producers and consumers.
enum class Kind { semaphores, queue, ring, sysv };

struct Method {
    Kind kind = Kind::semaphores;
    crex::Backend backend = crex::Backend::robust; // of a queue

    // Why no process may be killed, as the end of a sentence; nothing when a kill does no harm.
    [[nodiscard]] std::optional<std::string> why_not_kill() const;

    // Whether a consumer that is killed may take with it the item that it has received.
    [[nodiscard]] bool taken_goes_with_taker() const {
        return kind == Kind::queue && backend == crex::Backend::posix;
    }
};

// The names of --method: "semaphores", "queue", "ring" or "sysv". Nothing for another name.
std::optional<Kind> kind_from(const std::string& name);

// For example "queue (robust)".
std::ostream& operator<<(std::ostream& out, const Method& method);

} // namespace demo
