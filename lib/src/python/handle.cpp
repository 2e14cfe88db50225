// SPDX-License-Identifier: BSL-1.0
#include "python/handle.hpp"

namespace crex::python {

// posix_ipc has TypeError for a negative timeout.
bool parse_timeout(bool like_posix_ipc, PyObject* object, Limit& limit) {
    limit.raises_signal_error = like_posix_ipc;
    if (to_timeout(object, &limit.timeout) != 0) {
        return true;
    }
    if (like_posix_ipc && PyErr_ExceptionMatches(PyExc_ValueError) != 0) {
        PyErr_Format(PyExc_TypeError, "a timeout must be None or a non-negative number, not %R",
                     object);
    }
    return false;
}

bool parse_timeout(bool like_posix_ipc, PyObject* args, PyObject* kwargs, const char* format,
                   Limit& limit) {
    static const char* const names[] = {"timeout", nullptr};
    PyObject* timeout = Py_None;
    return PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords(names), &timeout) != 0 &&
           parse_timeout(like_posix_ipc, timeout, limit);
}

} // namespace crex::python
