// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <crex/sysv/object.hpp>

#include "python/arguments.hpp"
#include "python/errors.hpp"
#include "python/python.hpp"

// What the classes of crex.sysv_ipc have in common. Each is a body with a `type_name` and an
// `object`, which is a handle of crex::sysv once __init__ has found it. They have the vocabulary of
// the package sysv_ipc, and its errors.

namespace crex::python::sysv_ipc {

// "key 0x0000002a, id 7", as in the library's errors.
std::string description_of(const sysv::Object& object);

// The arguments with which the constructors begin.
struct OpeningArguments {
    sysv::Key key;
    int flags = 0; // the system's IPC_CREAT and so on
    int mode = 0600;

    [[nodiscard]] unsigned mode_bits() const { return static_cast<unsigned>(mode) & 0777U; }
    [[nodiscard]] bool is_exclusive() const;

    // Nothing, with ValueError set, for flags that contradict each other or the key.
    [[nodiscard]] std::optional<int> crex_flags() const;
};

// A converter for PyArg_ParseTupleAndKeywords ("O&"): None, or an int of 32 bits, signed or not.
int to_key(PyObject* object, void* key); // sysv::Key

// Returns the body whose object is there, or null with a Python error set.
template <class Body> Body* opened(PyObject* self, const char* function) {
    auto& body = body_of<Body>(self);
    if (body.object) {
        return &body;
    }
    PyErr_Format(PyExc_RuntimeError, "%s: __init__ has not succeeded", function);
    return nullptr;
}

// Calls function(body), which returns a Python object, with the GIL.
template <class Body, class Function>
PyObject* call(PyObject* self, const char* name, Function function) {
    Body* const body = opened<Body>(self, name);
    if (body == nullptr) {
        return nullptr;
    }
    try {
        return function(*body);
    } catch (const std::exception&) {
        const std::string text = description_of(*body->object);
        return raise({name, text, true}, std::current_exception());
    }
}

// An attribute: its value, and how it is set, if it can be.
template <class Body> struct Attribute {
    const char* name;
    const char* doc;
    PyObject* (*get)(const Body& body);
    bool (*set)(Body& body, PyObject* value) = nullptr; // false with a Python error set

    [[nodiscard]] std::string function() const { return std::string{Body::type_name} + "." + name; }
};

template <class Body> PyObject* get_attribute(PyObject* self, void* closure) {
    const auto& attribute = *static_cast<const Attribute<Body>*>(closure);
    return call<Body>(self, attribute.function().c_str(), attribute.get);
}

template <class Body> int set_attribute(PyObject* self, PyObject* value, void* closure) {
    const auto& attribute = *static_cast<const Attribute<Body>*>(closure);
    const std::string function = attribute.function();
    if (value == nullptr) {
        PyErr_Format(PyExc_TypeError, "%s cannot be deleted", function.c_str());
        return -1;
    }
    const Ref done{call<Body>(self, function.c_str(), [&](Body& body) {
        return attribute.set(body, value) ? none() : nullptr;
    })};
    return done ? 0 : -1;
}

// The attributes of all classes.
template <class Body>
constexpr std::array object_attributes{
    Attribute<Body>{"key", "The key: an int; 0 for a private object.",
                    [](const Body& body) { return PyLong_FromLong(body.object->key()); }},
    Attribute<Body>{"id", "The number that the system has given it.",
                    [](const Body& body) { return PyLong_FromLong(body.object->id()); }},
    Attribute<Body>{"mode", "The permission bits.",
                    [](const Body& body) { return PyLong_FromUnsignedLong(body.object->mode()); },
                    [](Body& body, PyObject* value) {
                        unsigned mode = 0;
                        return to_unsigned(value, &mode) != 0 && (body.object->mode(mode), true);
                    }},
    Attribute<Body>{
        "uid", "The owner's user id.",
        [](const Body& body) { return PyLong_FromUnsignedLong(body.object->access().uid); },
        [](Body& body, PyObject* value) {
            unsigned uid = 0;
            return to_unsigned(value, &uid) != 0 && (body.object->owner(uid, ~0U), true);
        }},
    Attribute<Body>{
        "gid", "The owner's group id.",
        [](const Body& body) { return PyLong_FromUnsignedLong(body.object->access().gid); },
        [](Body& body, PyObject* value) {
            unsigned gid = 0;
            return to_unsigned(value, &gid) != 0 && (body.object->owner(~0U, gid), true);
        }},
    Attribute<Body>{"cuid", "The creator's user id.",
                    [](const Body& body) {
                        return PyLong_FromUnsignedLong(body.object->access().creator_uid);
                    }},
    Attribute<Body>{"cgid", "The creator's group id.",
                    [](const Body& body) {
                        return PyLong_FromUnsignedLong(body.object->access().creator_gid);
                    }},
};

// The table for Py_tp_getset: of these attributes and those above, which must be static.
template <class Body, std::size_t count>
std::vector<PyGetSetDef> members(const std::array<Attribute<Body>, count>& own) {
    std::vector<PyGetSetDef> table;
    const auto add = [&table](const Attribute<Body>& each) {
        table.push_back({each.name, get_attribute<Body>,
                         each.set == nullptr ? nullptr : set_attribute<Body>, each.doc,
                         const_cast<Attribute<Body>*>(&each)});
    };
    for (const auto& each : object_attributes<Body>) {
        add(each);
    }
    for (const auto& each : own) {
        add(each);
    }
    table.push_back({});
    return table;
}

// A time in seconds, 0 for never.
PyObject* to_python(const sysv::Moment& moment);

// Methods that all classes have, for their tables.

template <class Body> PyObject* remove(PyObject* self, PyObject*) {
    const std::string function = std::string{Body::type_name} + ".remove";
    return call<Body>(self, function.c_str(), [](Body& body) {
        body.object->remove();
        return none();
    });
}

template <class Body> PyObject* string_of(PyObject* self) {
    const auto& object = body_of<Body>(self).object;
    return object ? PyUnicode_FromFormat("Key=%d, id=%d", static_cast<int>(object->key()),
                                         object->id())
                  : PyUnicode_FromString("no object");
}

template <class Body> PyObject* representation_of(PyObject* self) {
    const auto& object = body_of<Body>(self).object;
    return object ? PyUnicode_FromFormat("sysv_ipc.%s(%d)", Body::type_name,
                                         static_cast<int>(object->key()))
                  : PyUnicode_FromFormat("sysv_ipc.%s()", Body::type_name);
}

// __init__, after its arguments were parsed: puts what open() returns into the body, without the
// GIL. Returns false with a Python error set.
template <class Body, class Open>
bool open_object(PyObject* self, const sysv::Key& key, Open open) {
    auto& body = body_of<Body>(self);
    decltype(body.object) object;
    const auto error = without_gil([&] { object.emplace(open()); });
    if (error) {
        const std::string text = key ? "key " + std::to_string(*key) : "None";
        raise({Body::type_name, text, true}, error);
        return false;
    }
    body.object = std::move(object);
    return true;
}

} // namespace crex::python::sysv_ipc
