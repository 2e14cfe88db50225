// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <signal.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/outcome_of.hpp"

// Common to the helper programs that use crex:  PROGRAM VERB ARGUMENT...

namespace test {

using Arguments = std::vector<std::string>;

/// The verbs of a program. Each returns an Outcome.
using Verbs = std::map<std::string, std::function<int(const Arguments&)>>;

inline void say_ready() { std::cout << "ready" << std::endl; }

[[noreturn]] inline void pause_for_ever() {
    for (;;) {
        pause();
    }
}

/// The argument at `position`, in milliseconds; forever when there is none.
inline crex::Timeout timeout(const Arguments& arguments, std::size_t position) {
    return position < arguments.size()
               ? crex::Timeout{std::chrono::milliseconds{std::stoll(arguments[position])}}
               : crex::no_timeout;
}

/// The argument at `position`; `otherwise` when there is none.
inline unsigned number(const Arguments& arguments, std::size_t position, unsigned otherwise) {
    return position < arguments.size() ? static_cast<unsigned>(std::stoul(arguments[position]))
                                       : otherwise;
}

/// After this call, Ctrl-C ends a wait but not this process.
inline void handle_interrupt() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGINT, &action, nullptr);
}

inline int run(const Verbs& verbs, Arguments arguments) {
    handle_interrupt();
    const auto verb = verbs.find(arguments.empty() ? "" : arguments.front());
    if (verb == verbs.end()) {
        return usage;
    }
    arguments.erase(arguments.begin());
    return outcome_of([&] { return verb->second(arguments); });
}

} // namespace test
