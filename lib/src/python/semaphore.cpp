// SPDX-License-Identifier: BSL-1.0
#include <crex/semaphore.hpp>

#include "python/handle.hpp"
#include "python/types.hpp"

namespace crex::python {
namespace {

using Body = Handle<Semaphore>;

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"name",  "flags", "mode", "initial_value",
                                        "owner", "group", nullptr};
    NameArgument name;
    int flags = 0;
    SemaphoreOptions options;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O&O&O&$O&O&:Semaphore", keywords(names),
                                    to_name, &name, to_flags, &flags, to_unsigned, &options.mode,
                                    to_unsigned, &options.initial_value, to_optional_unsigned,
                                    &options.owner, to_optional_unsigned, &options.group) == 0) {
        return -1;
    }
    return open_handle<Semaphore>(self, "Semaphore", name, flags, options);
}

// A semaphore that is free is taken with the GIL held: sem_trywait(3) never waits.
Wait take(PyObject* self, const Call& call, const Limit& limit) {
    const auto semaphore = opened<Semaphore>(self, call.function);
    if (!semaphore) {
        return Wait::failed;
    }
    if (semaphore->try_acquire()) {
        return Wait::done;
    }
    return wait<Semaphore>(self, call, limit,
                           [&](Timeout timeout) { return semaphore->try_acquire_for(timeout); });
}

PyObject* acquire(PyObject* self, PyObject* args, PyObject* kwargs) {
    const Body& body = body_of<Body>(self);
    const Call call{"Semaphore.acquire", body.name};
    Limit limit;
    if (!parse_timeout(body.like_posix_ipc, args, kwargs, "|O:acquire", limit)) {
        return nullptr;
    }
    return none_or_busy(take(self, call, limit), call);
}

PyObject* try_acquire(PyObject* self, PyObject* args, PyObject* kwargs) {
    const Body& body = body_of<Body>(self);
    static const char* const names[] = {"timeout", nullptr};
    Limit limit{do_not_wait, body.like_posix_ipc};
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:try_acquire", keywords(names), to_timeout,
                                    &limit.timeout) == 0) {
        return nullptr;
    }
    return true_or_false(take(self, {"Semaphore.try_acquire", body.name}, limit));
}

// sem_post(3) never waits.
PyObject* release(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"n", nullptr};
    unsigned n = 1;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:release", keywords(names), to_unsigned,
                                    &n) == 0) {
        return nullptr;
    }
    const auto semaphore = opened<Semaphore>(self, "Semaphore.release");
    if (!semaphore) {
        return nullptr;
    }
    return translating({"Semaphore.release", body_of<Body>(self).name}, [&] {
        n == 1 ? semaphore->release() : semaphore->release(n);
        return none();
    });
}

PyObject* enter_by_acquiring(PyObject* self, PyObject*) {
    const Body& body = body_of<Body>(self);
    const Call call{"Semaphore.acquire", body.name};
    const Ref acquired{none_or_busy(take(self, call, {no_timeout, body.like_posix_ipc}), call)};
    return acquired ? new_ref(self).release() : nullptr;
}

PyObject* exit_by_releasing(PyObject* self, PyObject*) {
    const Ref nothing{PyTuple_New(0)};
    return nothing ? release(self, nothing.get(), nullptr) : nullptr;
}

PyObject* unlink(PyObject* self, PyObject*) {
    return unlink_by_name("Semaphore.unlink", body_of<Body>(self).name, unlink_semaphore);
}

PyObject* get_ready_fd(PyObject* self, PyObject*) {
    return ready_fd<Semaphore>(self, "Semaphore.ready_fd");
}

PyMethodDef methods[] = {
    {"acquire", method(acquire), METH_VARARGS | METH_KEYWORDS,
     "acquire($self, /, timeout=None)\n--\n\n"
     "Wait until the value is above zero, then take one. BusyError after `timeout` seconds."},
    {"try_acquire", method(try_acquire), METH_VARARGS | METH_KEYWORDS,
     "try_acquire($self, /, timeout=0)\n--\n\nLike acquire(), but return whether it succeeded."},
    {"release", method(release), METH_VARARGS | METH_KEYWORDS,
     "release($self, /, n=1)\n--\n\nAdd n to the value, and wake waiters."},
    {"ready_fd", get_ready_fd, METH_NOARGS,
     "ready_fd($self, /)\n--\n\n"
     "A descriptor for poll(): readable while the value is above zero, seen within 50 ms."},
    {"close", close_handle<Semaphore>, METH_NOARGS,
     "close($self, /)\n--\n\nClose the handle; waits in other threads end within 0.25 s."},
    {"unlink", unlink, METH_NOARGS, "unlink($self, /)\n--\n\nRemove the name."},
    {"__enter__", enter_by_acquiring, METH_NOARGS, "Acquire."},
    {"__exit__", exit_by_releasing, METH_VARARGS, "Release."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> members = handle_members<Semaphore>(
    "Semaphore.is_linked",
    {property<Semaphore, &Semaphore::value>("Semaphore.value", "The value now.")});

std::vector<PyType_Slot> slots =
    slots_of<Body>("Semaphore(name, flags=0, mode=0o600, initial_value=0, *, owner=None, "
                   "group=None)\n--\n\n"
                   "A POSIX named semaphore, which C programs share.",
                   init, methods, members.data());

} // namespace

PyType_Spec semaphore_spec{"crex.Semaphore", sizeof(Object<Body>), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python
