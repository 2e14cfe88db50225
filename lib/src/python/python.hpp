// SPDX-License-Identifier: BSL-1.0
#pragma once

// CPython's stable interface, so that one build serves Python 3.11 and all later versions.
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <initializer_list>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace crex::python {

// A reference that is dropped at the end of the scope.
struct DropReference {
    void operator()(PyObject* object) const { Py_DECREF(object); }
};
using Ref = std::unique_ptr<PyObject, DropReference>;

inline Ref new_ref(PyObject* object) {
    Py_INCREF(object);
    return Ref{object};
}

inline PyObject* none() { return new_ref(Py_None).release(); }
inline PyObject* boolean(bool value) { return PyBool_FromLong(value ? 1 : 0); }

// A Python object with a C++ object inside, which lives as long.
template <class Body> struct Object { PyObject_HEAD Body body; };

template <class Body> Body& body_of(PyObject* self) {
    return reinterpret_cast<Object<Body>*>(self)->body;
}

template <class Body> PyObject* allocate(PyTypeObject* type) {
    const auto make = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
    PyObject* const self = make(type, 0);
    if (self != nullptr) {
        new (&body_of<Body>(self)) Body{};
    }
    return self;
}

// The slots tp_new and tp_dealloc.
template <class Body> PyObject* create(PyTypeObject* type, PyObject*, PyObject*) {
    return allocate<Body>(type);
}
template <class Body> void destroy(PyObject* self) {
    PyTypeObject* const type = Py_TYPE(self);
    body_of<Body>(self).~Body();
    reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

// Entries of a table of methods or of slots, which hold functions of all types.
template <class Function> PyCFunction method(Function* function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}
template <class Function> void* slot(Function* function) {
    return reinterpret_cast<void*>(function);
}
inline void* slot(const char* text) { return const_cast<char*>(text); }

// The slots of a class whose objects have such a body. Without an __init__, only C++ makes objects.
template <class Body>
std::vector<PyType_Slot> slots_of(const char* doc, initproc init, PyMethodDef* methods,
                                  PyGetSetDef* members,
                                  std::initializer_list<PyType_Slot> more = {}) {
    std::vector<PyType_Slot> slots{{Py_tp_doc, slot(doc)},
                                   {Py_tp_dealloc, slot(destroy<Body>)},
                                   {Py_tp_methods, methods},
                                   {Py_tp_getset, members}};
    if (init != nullptr) {
        slots.insert(slots.end(), {{Py_tp_new, slot(create<Body>)}, {Py_tp_init, slot(init)}});
    }
    slots.insert(slots.end(), more);
    slots.push_back({0, nullptr});
    return slots;
}

} // namespace crex::python
