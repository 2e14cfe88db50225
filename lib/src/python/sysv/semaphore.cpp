// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/semaphore.hpp>

#include <cstdlib>

#include <crex/error.hpp>

#include "python/sysv/object.hpp"
#include "python/sysv/types.hpp"
#include "python/waiting.hpp"

namespace crex::python::sysv_ipc {
namespace {

struct Body {
    static constexpr const char* type_name = "Semaphore";
    std::optional<sysv::Semaphore> object;
    bool block = true;
};

// A semaphore that its creator has left without a value is opened as it is, once the library has
// waited for the creator: sysv_ipc does not tell it from others.
sysv::Semaphore open(const sysv::Key& key, int flags, const sysv::SemaphoreOptions& options) {
    try {
        return sysv::Semaphore{key, flags, options};
    } catch (const CorruptError&) {
        return sysv::Semaphore{key, 0, options};
    }
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"key", "flags", "mode", "initial_value", nullptr};
    OpeningArguments opening;
    sysv::SemaphoreOptions options;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|iiO&:Semaphore", keywords(names), to_key,
                                    &opening.key, &opening.flags, &opening.mode, to_unsigned,
                                    &options.initial_value) == 0) {
        return -1;
    }
    const auto flags = opening.crex_flags();
    if (!flags) {
        return -1;
    }
    options.mode = opening.mode_bits();
    options.read_only = (options.mode & 0222U) == 0;
    options.operate_first = false; // o_time is the creator's to set, with its first release()
    body_of<Body>(self).block = true;
    return open_object<Body>(self, opening.key, [&] { return open(opening.key, *flags, options); })
               ? 0
               : -1;
}

// Calls attempt(semaphore, timeout), which returns whether it succeeded, until it does or the time
// has passed. The first attempt, which does not wait, is made with the GIL. A wait uses a copy of
// the handle: other threads may set `undo`.
template <class Attempt>
PyObject* wait_for(PyObject* self, const char* function, Timeout timeout, Attempt attempt) {
    return call<Body>(self, function, [&](Body& body) -> PyObject* {
        if (attempt(*body.object, do_not_wait)) {
            return none();
        }
        const std::string text = description_of(*body.object);
        const Call call{function, text, true};
        if (!body.block) {
            return raise_busy(call, "it would have to wait");
        }
        sysv::Semaphore semaphore = *body.object;
        const Wait result = wait(
            call, {timeout, true}, [] { return Wait::goes_on; },
            [&](Timeout slice) { return attempt(semaphore, slice); });
        return result == Wait::done        ? none()
               : result == Wait::timed_out ? raise_busy(call, "timed out")
                                           : nullptr;
    });
}

// sysv_ipc has TypeError for a negative timeout.
int to_wait(PyObject* object, void* timeout) {
    const int result = to_timeout(object, timeout);
    if (result == 0 && PyErr_ExceptionMatches(PyExc_ValueError) != 0) {
        PyErr_Format(PyExc_TypeError, "a timeout must be None or a non-negative number, not %R",
                     object);
    }
    return result;
}

// The amount of a change, whose sign does not matter. Returns false with ValueError set for none.
bool to_amount(short delta, unsigned& amount) {
    if (delta == 0) {
        PyErr_SetString(PyExc_ValueError, "delta must not be 0");
    }
    amount = static_cast<unsigned>(std::abs(int{delta}));
    return delta != 0;
}

PyObject* acquire_some(PyObject* self, Timeout timeout, unsigned amount) {
    return wait_for(self, "Semaphore.acquire", timeout,
                    [amount](sysv::Semaphore& semaphore, Timeout patience) {
                        return semaphore.try_acquire_for(patience, amount);
                    });
}

PyObject* release_some(PyObject* self, unsigned amount) {
    return call<Body>(self, "Semaphore.release", [amount](Body& body) {
        body.object->release(amount);
        return none();
    });
}

PyObject* acquire(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"timeout", "delta", nullptr};
    Timeout timeout;
    short delta = 1;
    unsigned amount = 0;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "|O&h:acquire", keywords(names), to_wait,
                                       &timeout, &delta) != 0 &&
                   to_amount(delta, amount)
               ? acquire_some(self, timeout, amount)
               : nullptr;
}

PyObject* release(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"delta", nullptr};
    short delta = 1;
    unsigned amount = 0;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "|h:release", keywords(names), &delta) != 0 &&
                   to_amount(delta, amount)
               ? release_some(self, amount)
               : nullptr;
}

PyObject* wait_for_zero(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"timeout", nullptr};
    Timeout timeout;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:Z", keywords(names), to_wait, &timeout) ==
        0) {
        return nullptr;
    }
    return wait_for(self, "Semaphore.Z", timeout, [](sysv::Semaphore& semaphore, Timeout patience) {
        return semaphore.try_wait_for_zero(patience);
    });
}

PyObject* enter_by_acquiring(PyObject* self, PyObject*) {
    const Ref acquired{acquire_some(self, no_timeout, 1)};
    return acquired ? new_ref(self).release() : nullptr;
}
PyObject* exit_by_releasing(PyObject* self, PyObject*) { return release_some(self, 1); }

bool set_value(Body& body, PyObject* value) {
    unsigned number = 0;
    return to_unsigned(value, &number) != 0 && (body.object->value(number), true);
}
bool set_undo(Body& body, PyObject* value) {
    const int truth = PyObject_IsTrue(value);
    return truth >= 0 && (body.object->undo(truth != 0), true);
}
bool set_block(Body& body, PyObject* value) {
    const int truth = PyObject_IsTrue(value);
    return truth >= 0 && (body.block = truth != 0, true);
}

constexpr std::array attributes{
    Attribute<Body>{"value", "The value now.",
                    [](const Body& body) { return PyLong_FromUnsignedLong(body.object->value()); },
                    set_value},
    Attribute<Body>{"undo", "Whether the end of the process undoes what it acquires and releases.",
                    [](const Body& body) { return boolean(body.object->undo()); }, set_undo},
    Attribute<Body>{"block", "Whether calls wait; otherwise they raise BusyError.",
                    [](const Body& body) { return boolean(body.block); }, set_block},
    Attribute<Body>{"last_pid", "The process that last used it or set its value.",
                    [](const Body& body) { return PyLong_FromLong(body.object->last_pid()); }},
    Attribute<Body>{"waiting_for_nonzero", "How many processes wait in acquire().",
                    [](const Body& body) {
                        return PyLong_FromUnsignedLong(body.object->waiting_for_nonzero());
                    }},
    Attribute<Body>{
        "waiting_for_zero", "How many processes wait in Z().",
        [](const Body& body) { return PyLong_FromUnsignedLong(body.object->waiting_for_zero()); }},
    Attribute<Body>{"o_time", "When it was last acquired, released or waited for; 0 if never.",
                    [](const Body& body) { return to_python(body.object->last_operation_time()); }},
};

PyMethodDef methods[] = {
    {"acquire", method(acquire), METH_VARARGS | METH_KEYWORDS,
     "acquire($self, /, timeout=None, delta=1)\n--\n\n"
     "Wait until the value is at least delta, then take that. BusyError after `timeout` seconds."},
    {"release", method(release), METH_VARARGS | METH_KEYWORDS,
     "release($self, /, delta=1)\n--\n\nAdd delta to the value, and wake waiters."},
    {"P", method(acquire), METH_VARARGS | METH_KEYWORDS,
     "P($self, /, timeout=None, delta=1)\n--\n\nLike acquire()."},
    {"V", method(release), METH_VARARGS | METH_KEYWORDS,
     "V($self, /, delta=1)\n--\n\nLike release()."},
    {"Z", method(wait_for_zero), METH_VARARGS | METH_KEYWORDS,
     "Z($self, /, timeout=None)\n--\n\n"
     "Wait until the value is zero. BusyError after `timeout` seconds."},
    {"remove", remove<Body>, METH_NOARGS,
     "remove($self, /)\n--\n\nRemove the semaphore, for every process."},
    {"__enter__", enter_by_acquiring, METH_NOARGS, "Acquire."},
    {"__exit__", exit_by_releasing, METH_VARARGS, "Release."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> member_table = members(attributes);

std::vector<PyType_Slot> slots = slots_of<Body>(
    "Semaphore(key, flags=0, mode=0o600, initial_value=0)\n--\n\n"
    "A System V semaphore, which C programs share.",
    init, methods, member_table.data(),
    {{Py_tp_str, slot(string_of<Body>)}, {Py_tp_repr, slot(representation_of<Body>)}});

} // namespace

PyType_Spec semaphore_spec{"crex.sysv_ipc.Semaphore", sizeof(Object<Body>), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python::sysv_ipc
