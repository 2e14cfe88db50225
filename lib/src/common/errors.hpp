// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <boost/interprocess/exceptions.hpp>

#include <crex/timeout.hpp>

// The one place that turns errors of the system and of Boost into crex's exceptions.

namespace crex::detail {

// For error messages: the function that was called, and the object it was called on.
struct Call {
    const char* function;
    std::string_view object;
    bool is_name = true; // false: `object` describes an object without a name, by key and id
};

// Throws the class that error.hpp gives to `error`, an errno value. Without a cause, the text is
// the system's.
[[noreturn]] void throw_errno(const Call& call, int error, std::string_view cause = {});

// For a resource that the system lacks or has run out of. Throws a plain Error, whatever class the
// code has, since neither waiting nor another name helps. The cause says what helps.
[[noreturn]] void throw_limit(const Call& call, int error, std::string_view cause);

// Throw why mmap(2) failed, or why no thread could be started.
[[noreturn]] void throw_not_mapped(const Call& call, int error);
[[noreturn]] void throw_no_thread(const Call& call, int error);

// Ends a wait that failed: throws StoppedError if a stop was requested, else BusyError.
[[noreturn]] void throw_timed_out(const Call& call, const Timeout& timeout, std::string_view cause);

// Throws ConnectionError, see there.
[[noreturn]] void throw_connection(const Call& call, int error, std::string_view cause,
                                   bool may_have_happened);

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
