// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <string>

#include "python/python.hpp"

namespace crex::python {

// A call of Python's, as errors name it: `MessageQueue.receive("/jobs")`.
struct Call {
    const char* function;
    const std::string& name;
    bool like_sysv_ipc =
        false; // then `name` is a key and an id, and some errors have other classes
};

// Adds the classes to the module. Returns false with a Python error set.
bool add_error_classes(PyObject* module);

// Each sets the Python error that stands for a C++ exception, or for what `cause` says, and returns
// a null pointer.
PyObject* raise(const Call& call, const std::exception_ptr& error);
PyObject* raise_busy(const Call& call, const char* cause);
PyObject* raise_closed(const Call& call);
PyObject* raise_interrupted(const Call& call);
PyObject* raise(PyObject* type, int error_number, const Call& call, const char* cause);

// Whether the Python error that is set is a ShutdownError, which ends an iteration.
bool is_shutdown_error();

// Runs a function that needs no name, or whose text has it already, and translates its exceptions.
template <class Function> PyObject* translating(const Call& call, Function function) {
    try {
        return function();
    } catch (const std::exception&) {
        return raise(call, std::current_exception());
    }
}

} // namespace crex::python
