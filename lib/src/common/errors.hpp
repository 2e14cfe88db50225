// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <boost/interprocess/exceptions.hpp>

#include <crex/timeout.hpp>

// The one place where what went wrong below becomes what crex throws.

namespace crex::detail {

// Who is speaking: the call and the object it was made on.
struct Call {
    const char* function;
    std::string_view object;
    bool is_name = true; // else what `object` says of something that has none: a key and an id
};

// Throws the class that `error`, an errno value, has in error.hpp. The cause is what the system
// calls it unless the caller knows better.
[[noreturn]] void throw_errno(const Call& call, int error, std::string_view cause = {});

// For what the system has not got, or has no more of: an Error of no class, whatever class the code
// has elsewhere, since neither waiting nor another name helps. The cause says what does.
[[noreturn]] void throw_limit(const Call& call, int error, std::string_view cause);

// When mmap(2), or starting a thread, fails.
[[noreturn]] void throw_not_mapped(const Call& call, int error);
[[noreturn]] void throw_no_thread(const Call& call, int error);

// What ends a wait that has come to nothing: its time, or its stop token.
[[noreturn]] void throw_timed_out(const Call& call, const Timeout& timeout, std::string_view cause);

[[noreturn]] void throw_invalid(const Call& call, std::string_view cause);
[[noreturn]] void throw_corrupt(const Call& call, std::string_view cause);
[[noreturn]] void throw_boost(const Call& call,
                              const boost::interprocess::interprocess_exception& e);

// Runs `body`, which calls Boost, and translates what Boost throws.
template <class Body> decltype(auto) translating(const Call& call, Body&& body) {
    try {
        return body();
    } catch (const boost::interprocess::interprocess_exception& error) {
        throw_boost(call, error);
    }
}

} // namespace crex::detail
