// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <string_view>

#include <crex/crex.hpp>

#include "python/arguments.hpp"
#include "python/errors.hpp"
#include "python/message_queue.hpp"
#include "python/notification.hpp"
#include "python/sysv/types.hpp"
#include "python/types.hpp"

// The extension module crex._crex. The package's Python files add what is easier in Python.

namespace crex::python {

Types types{};

namespace {

template <class Unlink> PyObject* unlink(PyObject* argument, const char* function, Unlink unlink) {
    NameArgument name;
    return to_existing_name(argument, &name) != 0 ? unlink_by_name(function, name.shown(), unlink)
                                                  : nullptr;
}
PyObject* semaphore(PyObject*, PyObject* name) {
    return unlink(name, "unlink_semaphore", unlink_semaphore);
}
PyObject* shared_memory(PyObject*, PyObject* name) {
    return unlink(name, "unlink_shared_memory", unlink_shared_memory);
}
PyObject* robust_semaphore(PyObject*, PyObject* name) {
    return unlink(name, "unlink_robust_semaphore",
                  [](std::string_view text) { unlink_robust_semaphore(text); });
}
PyObject* ring(PyObject*, PyObject* name) { return unlink(name, "unlink_ring", unlink_ring); }

PyObject* message_queue(PyObject*, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"name", "backend", nullptr};
    NameArgument name;
    const char* word = "robust";
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|s:unlink_message_queue", keywords(names),
                                    to_existing_name, &name, &word) == 0) {
        return nullptr;
    }
    Backend backend{};
    return parse_backend(word, backend) ? unlink_by_name("unlink_message_queue", name.shown(),
                                                         [&](const std::string& text) {
                                                             unlink_message_queue(text, backend);
                                                         })
                                        : nullptr;
}

PyMethodDef functions[] = {
    {"unlink_semaphore", semaphore, METH_O, "unlink_semaphore(name, /)\n--\n\nRemove the name."},
    {"unlink_shared_memory", shared_memory, METH_O,
     "unlink_shared_memory(name, /)\n--\n\nRemove the name."},
    {"unlink_robust_semaphore", robust_semaphore, METH_O,
     "unlink_robust_semaphore(name, /)\n--\n\nRemove the name."},
    {"unlink_ring", ring, METH_O, "unlink_ring(name, /)\n--\n\nRemove the name."},
    {"unlink_message_queue", method(message_queue), METH_VARARGS | METH_KEYWORDS,
     "unlink_message_queue(name, backend='robust')\n--\n\nRemove the name."},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef definition{PyModuleDef_HEAD_INIT,
                       "crex._crex",
                       "The classes and functions of crex.",
                       -1,
                       functions,
                       nullptr,
                       nullptr,
                       nullptr,
                       nullptr};

// Returns the class, or null with a Python error set.
PyTypeObject* add_type(PyObject* module, PyType_Spec& spec) {
    PyObject* const type = PyType_FromSpec(&spec);
    const char* const name = std::string_view{spec.name}.substr(5).data(); // behind "crex."
    return type != nullptr && PyModule_AddObjectRef(module, name, type) == 0
               ? reinterpret_cast<PyTypeObject*>(type)
               : nullptr;
}

bool add_types(PyObject* module) {
    for (PyType_Spec* spec : {&semaphore_spec, &shared_memory_spec, &robust_semaphore_spec,
                              &message_queue_spec, &ring_spec}) {
        if (add_type(module, *spec) == nullptr) {
            return false;
        }
    }
    types = {add_type(module, mapping_spec),       add_type(module, loan_spec),
             add_type(module, lease_spec),         add_type(module, ring_producer_spec),
             add_type(module, ring_consumer_spec), add_type(module, window_spec)};
    return PyErr_Occurred() == nullptr;
}

struct Constant {
    const char* name;
    long long value;
};

bool add_constants(PyObject* module) {
    const std::array constants{
        Constant{"O_CREAT", o_creat},
        Constant{"O_EXCL", o_excl},
        Constant{"O_CREX", O_CREX},
        Constant{"O_TRUNC", o_trunc},
        Constant{"PAGE_SIZE", static_cast<long long>(page_size())},
        Constant{"SEMAPHORE_VALUE_MAX", semaphore_value_max()},
        Constant{"QUEUE_MESSAGES_MAX_DEFAULT", queue_messages_max_default},
        Constant{"QUEUE_MESSAGE_SIZE_MAX_DEFAULT", queue_message_size_max_default},
        Constant{"QUEUE_PRIORITY_MAX", queue_priority_max},
        Constant{"USER_SIGNAL_MIN", user_signal_min()},
        Constant{"USER_SIGNAL_MAX", user_signal_max()},
        Constant{"SPIN_FOREVER", spin_forever}};
    for (const Constant& each : constants) {
        const Ref value{PyLong_FromLongLong(each.value)};
        if (!value || PyModule_AddObjectRef(module, each.name, value.get()) != 0) {
            return false;
        }
    }
    return PyModule_AddStringConstant(module, "__version__", version.data()) == 0;
}

bool add_sysv_ipc(PyObject* module) {
    const Ref error{PyObject_GetAttrString(module, "Error")};
    return error && sysv_ipc::add_module(error.get());
}

PyObject* make_module() {
    Ref module{PyModule_Create(&definition)};
    const bool made = module && add_error_classes(module.get()) && add_types(module.get()) &&
                      add_constants(module.get()) && add_sysv_ipc(module.get()) &&
                      end_notifications_at_exit(module.get());
    return made ? module.release() : nullptr;
}

} // namespace
} // namespace crex::python

PyMODINIT_FUNC PyInit__crex() { return crex::python::make_module(); }
