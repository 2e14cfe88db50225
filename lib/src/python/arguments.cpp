// SPDX-License-Identifier: BSL-1.0
#include "python/arguments.hpp"

#include <chrono>
#include <limits>

namespace crex::python {
namespace {

// Seconds, or a timedelta; -1 with a Python error set for anything else.
double seconds_of(PyObject* object) {
    if (PyFloat_Check(object) || PyLong_Check(object)) {
        return PyFloat_AsDouble(object);
    }
    if (PyObject_HasAttrString(object, "total_seconds") == 0) {
        return PyFloat_AsDouble(object);
    }
    const Ref total{PyObject_CallMethod(object, "total_seconds", nullptr)};
    return total ? PyFloat_AsDouble(total.get()) : -1;
}

std::optional<unsigned long long> natural(PyObject* object, unsigned long long max) {
    const Ref index{PyNumber_Index(object)};
    if (!index) {
        return std::nullopt;
    }
    const auto value = PyLong_AsUnsignedLongLong(index.get());
    const bool failed = PyErr_Occurred() != nullptr;
    if (failed && PyErr_ExceptionMatches(PyExc_OverflowError) == 0) {
        return std::nullopt;
    }
    if (failed || value > max) {
        PyErr_Format(PyExc_ValueError, "%S is not a number from 0 to %llu", index.get(), max);
        return std::nullopt;
    }
    return value;
}

} // namespace

const std::string& NameArgument::shown() const {
    static const std::string nothing;
    return text ? *text : nothing;
}

int to_name(PyObject* object, void* name) {
    auto& argument = *static_cast<NameArgument*>(name);
    if (object == Py_None) {
        argument.text.reset();
        return 1;
    }
    return to_existing_name(object, name);
}

int to_existing_name(PyObject* object, void* name) {
    if (PyUnicode_Check(object) == 0 && PyBytes_Check(object) == 0) {
        PyErr_Format(PyExc_TypeError, "a name must be a str or bytes, not %R", Py_TYPE(object));
        return 0;
    }
    PyObject* encoded = nullptr;
    if (PyUnicode_FSConverter(object, &encoded) == 0) {
        return 0;
    }
    const Ref owner{encoded};
    static_cast<NameArgument*>(name)->text = PyBytes_AsString(encoded);
    return 1;
}

int to_timeout(PyObject* object, void* timeout) {
    auto& result = *static_cast<Timeout*>(timeout);
    if (object == Py_None) {
        result = no_timeout;
        return 1;
    }
    const double seconds = seconds_of(object);
    if (PyErr_Occurred() != nullptr) {
        if (PyErr_ExceptionMatches(PyExc_TypeError) != 0) {
            PyErr_Format(PyExc_TypeError,
                         "a timeout must be None, seconds or a datetime.timedelta, not %R",
                         Py_TYPE(object));
        }
        return 0; // an OverflowError says enough
    }
    if (!(seconds >= 0)) { // nor is it NaN
        PyErr_Format(PyExc_ValueError, "a timeout must be 0 or more, not %R", object);
        return 0;
    }
    result = Timeout{std::chrono::duration<double>{seconds}};
    return 1;
}

int to_unsigned(PyObject* object, void* number) {
    const auto value = natural(object, std::numeric_limits<unsigned>::max());
    if (value) {
        *static_cast<unsigned*>(number) = static_cast<unsigned>(*value);
    }
    return value ? 1 : 0;
}

int to_flags(PyObject* object, void* flags) {
    const auto value = natural(object, std::numeric_limits<int>::max());
    if (value) {
        *static_cast<int*>(flags) = static_cast<int>(*value);
    }
    return value ? 1 : 0;
}

int to_size(PyObject* object, void* number) {
    const auto value = natural(object, static_cast<std::size_t>(PY_SSIZE_T_MAX));
    if (value) {
        *static_cast<std::size_t*>(number) = static_cast<std::size_t>(*value);
    }
    return value ? 1 : 0;
}

int to_optional_unsigned(PyObject* object, void* number) {
    auto& result = *static_cast<std::optional<unsigned>*>(number);
    if (object == Py_None) {
        result.reset();
        return 1;
    }
    return to_unsigned(object, &result.emplace(0U));
}

PyObject* to_python(const std::string& name) {
    return PyUnicode_DecodeFSDefaultAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
}

} // namespace crex::python
