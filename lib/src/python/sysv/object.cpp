// SPDX-License-Identifier: BSL-1.0
#include "python/sysv/object.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>

#include <sys/ipc.h>

namespace crex::python::sysv_ipc {

std::string description_of(const sysv::Object& object) {
    char text[40];
    std::snprintf(text, sizeof text, "key 0x%08x, id %d", static_cast<unsigned>(object.key()),
                  object.id());
    return text;
}

bool OpeningArguments::is_exclusive() const {
    return (flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL);
}

// A private object is created each time, whatever the flags say.
std::optional<int> OpeningArguments::crex_flags() const {
    if ((flags & IPC_EXCL) != 0 && (flags & IPC_CREAT) == 0) {
        PyErr_SetString(PyExc_ValueError, "IPC_EXCL must be combined with IPC_CREAT");
        return std::nullopt;
    }
    if (!key && !is_exclusive()) {
        PyErr_SetString(PyExc_ValueError, "the key can be None only with IPC_CREX");
        return std::nullopt;
    }
    return is_exclusive()                                         ? O_CREX
           : (flags & IPC_CREAT) != 0 || key == sysv::ipc_private ? o_creat
                                                                  : 0;
}

// C programs write keys above 2^31 - 1 as hexadecimal numbers without a sign.
int to_key(PyObject* object, void* key) {
    auto& result = *static_cast<sysv::Key*>(key);
    if (object == Py_None) {
        result.reset();
        return 1;
    }
    if (PyLong_Check(object) == 0) {
        PyErr_Format(PyExc_TypeError, "a key must be None or an int, not %R", Py_TYPE(object));
        return 0;
    }
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0 || value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::uint32_t>::max()) {
        PyErr_Format(PyExc_ValueError, "the key %S has more than 32 bits", object);
        return 0;
    }
    result = static_cast<std::int32_t>(value);
    return 1;
}

PyObject* to_python(const sysv::Moment& moment) {
    return PyLong_FromLongLong(moment ? std::chrono::system_clock::to_time_t(*moment) : 0);
}

} // namespace crex::python::sysv_ipc
