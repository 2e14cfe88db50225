// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <cerrno>
#include <limits>
#include <string>

#include <sys/ipc.h>
#include <sys/shm.h>

#include <crex/limits.hpp>
#include <crex/sysv.hpp>

#include "python/arguments.hpp"
#include "python/errors.hpp"
#include "python/sysv/types.hpp"

// The module crex._sysv_ipc.

namespace crex::python::sysv_ipc {

Types types{};

namespace {

// The C library's: any id, of which it takes eight bits, and OSError.
PyObject* ftok(PyObject*, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"path", "id", "silence_warning", nullptr};
    NameArgument path;
    int id = 0;
    int silent = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&i|p:ftok", keywords(names), to_existing_name,
                                    &path, &id, &silent) == 0) {
        return nullptr;
    }
    if (silent == 0 && PyErr_WarnEx(PyExc_Warning,
                                    "files can share a key of ftok(); a number of your own is as "
                                    "good, or None for a key that is not in use",
                                    1) != 0) {
        return nullptr;
    }
    const key_t key = ::ftok(path.shown().c_str(), id);
    return key != -1 ? PyLong_FromLong(key)
                     : PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.shown().c_str());
}

PyObject* remove(PyObject* args, const char* function, void (*remove_by_id)(int)) {
    int id = 0;
    if (PyArg_ParseTuple(args, "i", &id) == 0) {
        return nullptr;
    }
    const std::string text = "id " + std::to_string(id);
    return translating({function, text, true}, [&] {
        remove_by_id(id);
        return none();
    });
}
PyObject* semaphore(PyObject*, PyObject* args) {
    return remove(args, "remove_semaphore", sysv::remove_semaphore);
}
PyObject* shared_memory(PyObject*, PyObject* args) {
    return remove(args, "remove_shared_memory", sysv::remove_shared_memory);
}
PyObject* message_queue(PyObject*, PyObject* args) {
    return remove(args, "remove_message_queue", sysv::remove_message_queue);
}

PyMethodDef functions[] = {
    {"attach", method(attach), METH_VARARGS | METH_KEYWORDS,
     "attach(id, address=None, flags=0)\n--\n\n"
     "Attach the memory that has this id, and return its SharedMemory."},
    {"ftok", method(ftok), METH_VARARGS | METH_KEYWORDS,
     "ftok(path, id, silence_warning=False)\n--\n\n"
     "Return a key made of a file and a number, and warn that it may not be unique."},
    {"remove_semaphore", semaphore, METH_VARARGS,
     "remove_semaphore(id, /)\n--\n\nRemove the semaphore, or set, that has this id."},
    {"remove_shared_memory", shared_memory, METH_VARARGS,
     "remove_shared_memory(id, /)\n--\n\nRemove the shared memory that has this id."},
    {"remove_message_queue", message_queue, METH_VARARGS,
     "remove_message_queue(id, /)\n--\n\nRemove the message queue that has this id."},
    {nullptr, nullptr, 0, nullptr}};

struct Constant {
    const char* name;
    long value;
};

bool add_constants(PyObject* module) {
    const std::array constants{Constant{"IPC_CREAT", IPC_CREAT},
                               Constant{"IPC_EXCL", IPC_EXCL},
                               Constant{"IPC_CREX", IPC_CREAT | IPC_EXCL},
                               Constant{"IPC_PRIVATE", IPC_PRIVATE},
                               Constant{"KEY_MIN", std::numeric_limits<key_t>::min()},
                               Constant{"KEY_MAX", std::numeric_limits<key_t>::max()},
                               Constant{"SEMAPHORE_VALUE_MAX", sysv::semaphore_value_max},
                               Constant{"PAGE_SIZE", static_cast<long>(page_size())},
                               Constant{"SHM_RDONLY", SHM_RDONLY},
                               Constant{"SHM_RND", SHM_RND},
                               Constant{"SHM_REMAP", SHM_REMAP},
                               Constant{"SHM_HUGETLB", SHM_HUGETLB},
                               Constant{"SHM_NORESERVE", SHM_NORESERVE}};
    for (const Constant& each : constants) {
        if (PyModule_AddIntConstant(module, each.name, each.value) != 0) {
            return false;
        }
    }
    return PyModule_AddObjectRef(module, "SEMAPHORE_TIMEOUT_SUPPORTED", Py_True) == 0;
}

// Returns the class, or null with a Python error set.
PyObject* add_error(PyObject* module, const char* name, const char* doc, PyObject* base) {
    const std::string qualified = std::string{"crex.sysv_ipc."} + name;
    PyObject* const type = PyErr_NewExceptionWithDoc(qualified.c_str(), doc, base, nullptr);
    return type != nullptr && PyModule_AddObjectRef(module, name, type) == 0 ? type : nullptr;
}

bool add_errors(PyObject* module, PyObject* base) {
    types.not_attached_error = add_error(module, "NotAttachedError",
                                         "The memory is not attached through this object.", base);
    return types.not_attached_error != nullptr &&
           add_error(module, "InternalError", "As in sysv_ipc; crex never raises it.", base) !=
               nullptr;
}

PyTypeObject* add_type(PyObject* module, PyType_Spec& spec) {
    PyObject* const type = PyType_FromSpec(&spec);
    const Ref name{type == nullptr ? nullptr : PyObject_GetAttrString(type, "__name__")};
    const bool added = name && PyObject_SetAttr(module, name.get(), type) == 0;
    return added ? reinterpret_cast<PyTypeObject*>(type) : nullptr;
}

bool add_types(PyObject* module) {
    types.shared_memory = add_type(module, shared_memory_spec);
    return types.shared_memory != nullptr && add_type(module, semaphore_spec) != nullptr &&
           add_type(module, message_queue_spec) != nullptr;
}

} // namespace

bool add_module(PyObject* error) {
    PyObject* const module = PyImport_AddModule("crex._sysv_ipc"); // borrowed
    return module != nullptr && PyModule_AddFunctions(module, functions) == 0 &&
           add_constants(module) && add_errors(module, error) && add_types(module);
}

} // namespace crex::python::sysv_ipc
