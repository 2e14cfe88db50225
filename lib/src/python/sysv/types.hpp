// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "python/python.hpp"

namespace crex::python::sysv_ipc {

// The classes, each in the source file of its name.
extern PyType_Spec semaphore_spec;
extern PyType_Spec shared_memory_spec;
extern PyType_Spec message_queue_spec;

// What the module has of its own, once it has been made.
struct Types {
    PyTypeObject* shared_memory; // for attach()
    PyObject* not_attached_error;
};
extern Types types;

// Of the module's functions, that which makes an object: in the source file of its class.
PyObject* attach(PyObject* module, PyObject* args, PyObject* kwargs);

// Makes the module crex._sysv_ipc, of which crex.sysv_ipc consists. `error` is crex.Error. Returns
// false with a Python error set.
bool add_module(PyObject* error);

} // namespace crex::python::sysv_ipc
