// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include "python/python.hpp"

namespace crex::python {

// A function that calls function(parameter) in Python, from any thread, once. It does nothing when
// the interpreter is about to end.
std::function<void()> notification(PyObject* function, PyObject* parameter);

// To be called once, when the module is imported: from then on atexit ends notifications. Returns
// false with a Python error set.
bool end_notifications_at_exit(PyObject* module);

} // namespace crex::python
