// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include <crex/message_queue.hpp>

namespace demo {

// What producers and consumers have between them.
enum class Kind { semaphores, queue, ring, sysv };

struct Method {
    Kind kind = Kind::semaphores;
    crex::Backend backend = crex::Backend::robust; // of a queue

    // Why nobody may be killed, as the end of a sentence; nothing when it does no harm.
    [[nodiscard]] std::optional<std::string> why_not_kill() const;

    // Whether a consumer that is killed may take with it what it has received.
    [[nodiscard]] bool taken_goes_with_taker() const {
        return kind == Kind::queue && backend == crex::Backend::posix;
    }
};

// As --method has it: "semaphores", "queue", "ring" or "sysv". Nothing for something else.
std::optional<Kind> kind_from(const std::string& name);

// "queue (robust)", say.
std::ostream& operator<<(std::ostream& out, const Method& method);

} // namespace demo
