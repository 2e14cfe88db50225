// SPDX-License-Identifier: BSL-1.0
#include "python/errors.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <string_view>

#include <crex/error.hpp>

#include "python/arguments.hpp"

namespace crex::python {
namespace {

PyObject* base = nullptr;        // crex.Error
PyObject* errno_error = nullptr; // crex.ErrnoError

struct ErrorClass {
    const char* name;
    const char* doc;
    bool (*matches)(const Error&);
    PyObject* type;
};

template <class T> bool is(const Error& error) { return dynamic_cast<const T*>(&error) != nullptr; }

std::array classes{
    ErrorClass{"crex.SignalError", "A signal handler ran during the wait, and did not raise.",
               is<SignalError>, nullptr},
    ErrorClass{"crex.PermissionsError",
               "The object's mode or owner, or the way the handle was opened, forbids the call.",
               is<PermissionsError>, nullptr},
    ErrorClass{"crex.ExistentialError",
               "The object is missing, or exists already; or the handle has been closed.",
               is<ExistentialError>, nullptr},
    ErrorClass{"crex.BusyError",
               "The timeout passed, or the call must not wait and would have had to.",
               is<BusyError>, nullptr},
    ErrorClass{
        "crex.CorruptError",
        "The object's bytes make no sense, or the holder of its lock died in the middle of a "
        "change.",
        is<CorruptError>, nullptr},
    ErrorClass{"crex.ShutdownError",
               "The queue or ring was shut down: it takes no more messages, and has none left.",
               is<ShutdownError>, nullptr},
    ErrorClass{"crex.LeaseLostError", "A loan or lease is no longer this process's.",
               is<LeaseLostError>, nullptr},
};

// Indices into `classes`.
constexpr std::size_t signal = 0;
constexpr std::size_t existential = 2;
constexpr std::size_t busy = 3;
constexpr std::size_t shut_down = 5;

bool add(PyObject* module, const char* qualified_name, PyObject* type) {
    return type != nullptr &&
           PyModule_AddObjectRef(module, std::string_view{qualified_name}.substr(5).data(), type) ==
               0;
}

std::string head_of(const Call& call) {
    return std::string{call.function} +
           (call.like_sysv_ipc ? "(" + call.name + "): " : "(\"" + call.name + "\"): ");
}

// The library's text names a C++ function: puts Python's in its place.
std::string text_of(const Call& call, const char* what) {
    const std::string_view text{what};
    const auto parenthesis = text.find('(');
    const auto function = text.substr(0, parenthesis);
    if (parenthesis == text.npos || function.find(' ') != function.npos) {
        return head_of(call) + what;
    }
    return call.function + std::string{text.substr(parenthesis)};
}

// The text has the name, which may be no UTF-8.
PyObject* set(PyObject* type, const std::string& text) {
    const Ref words{to_python(text)};
    if (words) {
        PyErr_SetObject(type, words.get());
    }
    return nullptr;
}

PyObject* set(PyObject* type, int error_number, const std::string& text) {
    const Ref words{to_python(text)};
    const Ref number{PyLong_FromLong(error_number)};
    if (!words || !number) {
        return nullptr;
    }
    const Ref error{type == errno_error
                        ? PyObject_CallFunctionObjArgs(type, number.get(), words.get(), nullptr)
                        : PyObject_CallFunctionObjArgs(type, words.get(), nullptr)};
    if (error && PyObject_SetAttrString(error.get(), "errno", number.get()) == 0) {
        PyErr_SetObject(type, error.get());
    }
    return nullptr;
}

PyObject* type_of(const Error& error) {
    for (const ErrorClass& each : classes) {
        if (each.matches(error)) {
            return each.type;
        }
    }
    return errno_error;
}

// What sysv_ipc raises instead of an error of its own; null if nothing.
PyObject* sysv_ipc_type_of(const Error& error) {
    const int number = error.code().value();
    return number == ENOMEM      ? PyExc_MemoryError
           : number == EOVERFLOW ? PyExc_ValueError // a semaphore's value
                                 : nullptr;
}

PyObject* raise_known(const Call& call, const Error& error) {
    const std::string text = text_of(call, error.what());
    PyObject* const other = call.like_sysv_ipc ? sysv_ipc_type_of(error) : nullptr;
    if (other != nullptr) {
        return set(other, text);
    }
    return set(type_of(error), error.code().value(), text);
}

} // namespace

bool add_error_classes(PyObject* module) {
    base = PyErr_NewExceptionWithDoc("crex.Error",
                                     "The base of crex's errors; `errno` is the system's number.",
                                     nullptr, nullptr);
    if (!add(module, "crex.Error", base)) {
        return false;
    }
    for (ErrorClass& each : classes) {
        each.type = PyErr_NewExceptionWithDoc(each.name, each.doc, base, nullptr);
        if (!add(module, each.name, each.type)) {
            return false;
        }
    }
    const Ref bases{PyTuple_Pack(2, base, PyExc_OSError)};
    errno_error = bases
                      ? PyErr_NewExceptionWithDoc(
                            "crex.ErrnoError",
                            "What has no class of its own: a full file system, too many open "
                            "files, a semaphore at its maximum. Also an OSError, as in posix_ipc.",
                            bases.get(), nullptr)
                      : nullptr;
    return add(module, "crex.ErrnoError", errno_error);
}

// The words of an error may lack memory, too.
PyObject* raise(const Call& call, const std::exception_ptr& error) try {
    try {
        std::rethrow_exception(error);
    } catch (const Error& known) {
        return raise_known(call, known);
    } catch (const std::invalid_argument& mistake) {
        return set(PyExc_ValueError, text_of(call, mistake.what()));
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    } catch (const std::exception& other) {
        return set(PyExc_RuntimeError, text_of(call, other.what()));
    }
} catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
}

PyObject* raise(PyObject* type, int error_number, const Call& call, const char* cause) try {
    return set(type, error_number, head_of(call) + cause);
} catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
}

PyObject* raise_busy(const Call& call, const char* cause) {
    return raise(classes.at(busy).type, ETIMEDOUT, call, cause);
}

PyObject* raise_closed(const Call& call) {
    return raise(classes.at(existential).type, EBADF, call, "the handle is closed");
}

bool is_shutdown_error() {
    return PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(classes.at(shut_down).type) != 0;
}

PyObject* raise_interrupted(const Call& call) {
    return raise(classes.at(signal).type, EINTR, call, "interrupted by a signal");
}

} // namespace crex::python
