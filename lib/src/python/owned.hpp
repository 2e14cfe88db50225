// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include "python/errors.hpp"
#include "python/exports.hpp"
#include "python/waiting.hpp"

namespace crex::python {

// What belongs to one process, is used by one thread at a time and shows bytes of an object: a
// loan, a lease, a ring's role.
template <class T> struct Owned {
    std::optional<T> value; // none once given up
    std::string name;
    Exports exports;
    bool in_use = false;

    Owned() = default;
    ~Owned() { give_up(); }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;

    void give_up() {
        if (value) {
            without_gil([&] { value.reset(); });
        }
    }
};

// The use by this thread, until the end of the scope.
template <class T> class Use {
public:
    // `ends_views`: whether no bytes may be shown any more.
    Use(PyObject* self, const char* function, bool ends_views)
        : owned_{body_of<Owned<T>>(self)}, call_{function, owned_.name} {
        if (owned_.in_use) {
            PyErr_Format(PyExc_RuntimeError, "%s(\"%s\"): another thread is using it", function,
                         owned_.name.c_str());
        } else if (!owned_.value) {
            raise_closed(call_);
        } else if (!ends_views || owned_.exports.end()) {
            is_valid_ = owned_.in_use = true;
        }
    }
    ~Use() {
        if (is_valid_) {
            owned_.in_use = false;
        }
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    // False with a Python error set when there must be no use.
    explicit operator bool() const { return is_valid_; }

    [[nodiscard]] T& operator*() const { return *owned_.value; }
    [[nodiscard]] T* operator->() const { return &*owned_.value; }
    [[nodiscard]] const Call& call() const { return call_; }
    [[nodiscard]] Owned<T>& owned() const { return owned_; }

    // Calls function() without the GIL. Returns None, or null with a Python error set.
    template <class Function> PyObject* run(Function function) const {
        const auto error = without_gil(function);
        return error ? raise(call_, error) : none();
    }

private:
    Owned<T>& owned_;
    Call call_;
    bool is_valid_ = false;
};

} // namespace crex::python
