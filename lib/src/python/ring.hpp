// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/ring.hpp>

#include "python/handle.hpp"
#include "python/owned.hpp"

namespace crex::python {

// A call of a role that may wait. The first attempt keeps the GIL, since a role takes no lock.
template <class Role, class Attempt>
Wait wait_for_role(const Use<Role>& use, const Limit& limit, Attempt attempt) {
    try {
        if (attempt(do_not_wait)) {
            return Wait::done;
        }
    } catch (const std::exception&) {
        raise(use.call(), std::current_exception());
        return Wait::failed;
    }
    return wait(
        use.call(), limit, [] { return Wait::goes_on; }, attempt);
}

template <class Role> PyObject* close_role(PyObject* self, PyObject*) {
    if (!body_of<Owned<Role>>(self).value) {
        return none();
    }
    const Use<Role> use{self, "close", true};
    if (!use) {
        return nullptr;
    }
    use.owned().give_up();
    return none();
}
template <class Role> PyObject* get_role_name(PyObject* self, void*) {
    return to_python(body_of<Owned<Role>>(self).name);
}
template <class Role> PyObject* get_role_closed(PyObject* self, void*) {
    return boolean(!body_of<Owned<Role>>(self).value);
}

} // namespace crex::python
