// SPDX-License-Identifier: BSL-1.0
#include "python/waiting.hpp"

#include <algorithm>

#include <unistd.h>

#include <crex/error.hpp>

namespace crex::python {
namespace {

constexpr std::chrono::nanoseconds slice = std::chrono::milliseconds{250};

bool is_signal_error(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const SignalError&) {
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace

void park() {
    for (;;) {
        pause();
    }
}

void take_gil(PyThreadState* state) {
    try {
        PyEval_RestoreThread(state);
    } catch (...) { // only of pthread_exit(3)
        park();
    }
}

Slices::Slices(const Limit& limit) : limit_{limit} {
    const auto now = Clock::now();
    const auto longest = Clock::time_point::max() - now;
    deadline_ =
        limit.timeout.limit() < longest ? now + limit.timeout.limit() : Clock::time_point::max();
}

std::chrono::nanoseconds Slices::left() const {
    return std::max(std::chrono::nanoseconds::zero(),
                    std::chrono::nanoseconds{deadline_ - Clock::now()});
}

Timeout Slices::next() const {
    return limit_.timeout.limit() == std::chrono::nanoseconds::zero() ? do_not_wait
                                                                      : std::min(left(), slice);
}

Wait Slices::after(const Call& call, const std::exception_ptr& error) const {
    if (!error) {
        return left() > std::chrono::nanoseconds::zero() ? Wait::goes_on : Wait::timed_out;
    }
    if (!is_signal_error(error)) {
        raise(call, error);
        return Wait::failed;
    }
    if (PyErr_CheckSignals() != 0) {
        return Wait::failed;
    }
    if (limit_.raises_signal_error) {
        raise_interrupted(call);
        return Wait::failed;
    }
    return Wait::goes_on; // until its time is over, although none may be left
}

} // namespace crex::python
