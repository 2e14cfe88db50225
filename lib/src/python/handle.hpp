// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <crex/message_queue.hpp>

#include "python/arguments.hpp"
#include "python/errors.hpp"
#include "python/python.hpp"
#include "python/waiting.hpp"

// What all handles on named objects have in common.
//
// Python programs close handles while other threads use them. So each call shares the C++ handle,
// which is destroyed when the last call has ended; a wait ends soon after close().

namespace crex::python {

template <class T> struct Handle {
    std::shared_ptr<T> object; // null before __init__ and once closed
    std::string name;
    unsigned mode = 0;
    Backend backend = Backend::robust; // of a queue
    bool like_posix_ipc = false;       // see Limit, and negative timeouts

    Handle() = default;
    ~Handle() { close(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    // Without the GIL: closing may wait for a thread that needs it.
    void close() {
        if (object) {
            auto last = std::exchange(object, nullptr);
            without_gil([&] { last.reset(); });
        }
    }
};

// posix_ipc's subclasses have this attribute.
inline bool is_like_posix_ipc(PyObject* self) {
    return PyObject_HasAttrString(self, "_like_posix_ipc") != 0;
}

// __init__, after its arguments were parsed: opens the object without the GIL.
template <class T, class Options>
int open_handle(PyObject* self, const char* function, const NameArgument& name, int flags,
                const Options& options) {
    auto& handle = body_of<Handle<T>>(self);
    handle.close();
    std::shared_ptr<T> object;
    const auto error =
        without_gil([&] { object = std::make_shared<T>(name.name(), flags, options); });
    if (error) {
        raise({function, name.shown()}, error);
        return -1;
    }
    handle.name = object->name();
    handle.mode = options.mode;
    if constexpr (requires { options.backend; }) {
        handle.backend = options.backend;
    }
    handle.like_posix_ipc = is_like_posix_ipc(self);
    handle.object = std::move(object);
    return 0;
}

// The open object, or null with ExistentialError set.
template <class T> std::shared_ptr<T> opened(PyObject* self, const char* function) {
    auto& handle = body_of<Handle<T>>(self);
    if (!handle.object) {
        raise_closed({function, handle.name});
    }
    return handle.object;
}

// Calls function(object) without the GIL, and converts its result with the GIL.
template <class T, class Function, class Convert>
PyObject* call(PyObject* self, const char* name, Function function, Convert convert) {
    const auto object = opened<T>(self, name);
    if (!object) {
        return nullptr;
    }
    decltype(function(*object)) result{};
    const auto error = without_gil([&] { result = function(*object); });
    return error ? raise({name, body_of<Handle<T>>(self).name}, error) : convert(result);
}
template <class T, class Function>
PyObject* call(PyObject* self, const char* name, Function function) {
    const auto object = opened<T>(self, name);
    if (!object) {
        return nullptr;
    }
    const auto error = without_gil([&] { function(*object); });
    return error ? raise({name, body_of<Handle<T>>(self).name}, error) : none();
}

// Parses nothing but a timeout, which is also what posix_ipc's calls begin with.
bool parse_timeout(bool like_posix_ipc, PyObject* object, Limit& limit);
bool parse_timeout(bool like_posix_ipc, PyObject* args, PyObject* kwargs, const char* format,
                   Limit& limit);

// A wait that also ends when the handle is closed.
template <class T, class Attempt>
Wait wait(PyObject* self, const Call& call, const Limit& limit, Attempt attempt) {
    const auto& handle = body_of<Handle<T>>(self);
    const auto ends = [&] {
        if (handle.object) {
            return Wait::goes_on;
        }
        raise_closed(call);
        return Wait::failed;
    };
    return wait(call, limit, ends, attempt);
}

// None when it has come, BusyError when the limit has passed.
inline PyObject* none_or_busy(Wait result, const Call& call) {
    return result == Wait::done        ? none()
           : result == Wait::timed_out ? raise_busy(call, "timed out")
                                       : nullptr;
}
inline PyObject* true_or_false(Wait result) {
    return result == Wait::failed ? nullptr : boolean(result == Wait::done);
}

inline PyObject* number(unsigned long long value) { return PyLong_FromUnsignedLongLong(value); }

// Members that all handles have.

template <class T> PyObject* get_name(PyObject* self, void*) {
    return to_python(body_of<Handle<T>>(self).name);
}
template <class T> PyObject* get_mode(PyObject* self, void*) {
    return number(body_of<Handle<T>>(self).mode);
}
template <class T> PyObject* get_closed(PyObject* self, void*) {
    return boolean(!body_of<Handle<T>>(self).object);
}
template <class T> PyObject* close_handle(PyObject* self, PyObject*) {
    body_of<Handle<T>>(self).close();
    return none();
}
template <class T> PyObject* ready_fd(PyObject* self, const char* function) {
    return call<T>(
        self, function, [](T& object) { return object.ready_fd(); }, PyLong_FromLong);
}

// A property that is a function of the C++ object. `name` is Python's, with the class.
template <class T, auto function> PyGetSetDef property(const char* name, const char* doc) {
    const auto get = [](PyObject* self, void* closure) {
        return call<T>(
            self, static_cast<const char*>(closure), [](T& object) { return (object.*function)(); },
            [](auto value) {
                if constexpr (std::is_same_v<decltype(value), bool>) {
                    return boolean(value);
                } else {
                    return number(value);
                }
            });
    };
    return {std::strchr(name, '.') + 1, get, nullptr, doc, const_cast<char*>(name)};
}

// The table of a handle's properties: those that all handles have, and its own. `is_linked` is that
// property's name, with the class.
template <class T>
std::vector<PyGetSetDef> handle_members(const char* is_linked,
                                        std::initializer_list<PyGetSetDef> own) {
    std::vector<PyGetSetDef> all{
        {"name", get_name<T>, nullptr, "The name, with its slash.", nullptr},
        {"mode", get_mode<T>, nullptr, "The mode given to the constructor.", nullptr},
        {"closed", get_closed<T>, nullptr, "Whether the handle is closed.", nullptr},
        property<T, &T::is_linked>(is_linked, "Whether the name leads to this object.")};
    all.insert(all.end(), own);
    all.push_back({});
    return all;
}

// `with` that closes at the end.
inline PyObject* enter(PyObject* self, PyObject*) { return new_ref(self).release(); }
template <class T> PyObject* exit_by_closing(PyObject* self, PyObject*) {
    return close_handle<T>(self, nullptr);
}

// A function that removes an object by its name.
template <class Unlink>
PyObject* unlink_by_name(const char* function, const std::string& name, Unlink unlink) {
    const auto error = without_gil([&] { unlink(name); });
    return error ? raise({function, name}, error) : none();
}

} // namespace crex::python
