// SPDX-License-Identifier: BSL-1.0
#pragma once

// How a function of the C interface fails: it leaves a sentence for crex_last_error() and returns
// an errno value.

namespace crex::c {

// Notes the exception that is being handled, for the C function `function`. The sentence is the
// exception's, with the C function in the place of the C++ function. Only here do crex's exceptions
// become errno values.
[[nodiscard]] int failed(const char* function) noexcept;

// Notes that the call on the object `name` had to wait longer than it may.
[[nodiscard]] int timed_out(const char* function, const char* name, const char* cause) noexcept;

// Throw std::invalid_argument and BusyError (EAGAIN) with this text.
[[noreturn]] void throw_null(const char* argument);
[[noreturn]] void throw_invalid(const char* text);
[[noreturn]] void throw_nothing_there(const char* name, const char* cause);

} // namespace crex::c
