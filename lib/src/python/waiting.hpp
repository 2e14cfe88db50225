// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <exception>

#include <crex/timeout.hpp>

#include "python/errors.hpp"
#include "python/python.hpp"

// Calls without the GIL, and waits that signals end.
//
// When the interpreter is being finalised, CPython before 3.14 ends a thread that asks for the GIL
// by pthread_exit(3), which unwinds the stack: through a destructor or a catch-all it would
// terminate the process. So such a thread is parked here until the process ends, as 3.14 does.

namespace crex::python {

// For a handler of that unwinding: does nothing until the process ends.
[[noreturn]] void park();

// Takes the GIL back, or does not return.
void take_gil(PyThreadState* state);

// Calls `function` without the GIL. Returns its exception, or null.
template <class Function> std::exception_ptr without_gil(Function function) {
    PyThreadState* const state = PyEval_SaveThread();
    std::exception_ptr error;
    try {
        function();
    } catch (const std::exception&) {
        error = std::current_exception();
    }
    take_gil(state);
    return error;
}

// How long a call may wait, and what a signal does whose handler does not raise.
struct Limit {
    Timeout timeout;
    bool raises_signal_error = false; // posix_ipc's way; otherwise the wait goes on (PEP 475)
};

enum class Wait {
    goes_on,
    done,
    timed_out,
    failed, // with a Python error set
};

// A wait in slices. After each, Python's signal handlers are called, and whether the handle was
// closed is seen: so a signal that came just before a slice began is handled soon, too.
class Slices {
public:
    explicit Slices(const Limit& limit);

    [[nodiscard]] Timeout next() const;

    // What to do after a slice in which nothing came.
    [[nodiscard]] Wait after(const Call& call, const std::exception_ptr& error) const;

private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] std::chrono::nanoseconds left() const;

    Limit limit_;
    Clock::time_point deadline_;
};

// Calls attempt(timeout), which returns whether it succeeded, until it does or the limit has
// passed. `state` is asked after each slice, and may end the wait.
template <class State, class Attempt>
Wait wait(const Call& call, const Limit& limit, State state, Attempt attempt) {
    const Slices slices{limit};
    for (;;) {
        if (PyErr_CheckSignals() != 0) {
            return Wait::failed;
        }
        bool done = false;
        const auto error = without_gil([&] { done = attempt(slices.next()); });
        if (done) {
            return Wait::done;
        }
        Wait next = slices.after(call, error);
        if (next == Wait::goes_on) {
            next = state();
        }
        if (next != Wait::goes_on) {
            return next;
        }
    }
}

} // namespace crex::python
