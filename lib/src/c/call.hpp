// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <crex/c/base.h>

#include "c/failure.hpp"

// The frame of every function of the C interface: it checks the handle, and lets no exception out.
// When a call succeeds it costs two comparisons.
//
// A handle is a struct with the C++ object in it, as `object`.

// Marks a function that is called for each message, record or permit: the C++ functions that it
// calls become a part of it, as far as their source is compiled together with it (CMakeLists.txt).
#define CREX_C_FAST [[gnu::flatten]]

// Marks what such a function does when AtOnce has not done all: apart from it, so that the usual
// case saves no registers for that.
#define CREX_C_REST [[gnu::noinline]]

namespace crex::c {

// Whether the timeout is one: what AtOnce does not ask for.
inline bool is_timeout(std::int64_t nanoseconds) { return nanoseconds >= CREX_NO_TIMEOUT; }

template <class Body> int called(const char* function, Body body) noexcept {
    try {
        body();
        return 0;
    } catch (...) {
        return failed(function);
    }
}

template <class Handle, class Body>
int called(const char* function, Handle* handle, Body body) noexcept {
    return called(function, [&] {
        if (handle == nullptr) [[unlikely]] {
            throw_null("the handle");
        }
        body(handle->object);
    });
}

// For a call that may wait: `body` returns false when the timeout passed, and `cause` says what
// for.
template <class Handle, class Body>
int waited(const char* function, Handle* handle, const char* cause, Body body) noexcept {
    try {
        if (handle == nullptr) [[unlikely]] {
            throw_null("the handle");
        }
        if (!body(handle->object)) [[unlikely]] {
            return timed_out(function, handle->object.name().c_str(), cause);
        }
        return 0;
    } catch (...) {
        return failed(function);
    }
}

} // namespace crex::c
