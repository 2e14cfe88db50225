// SPDX-License-Identifier: BSL-1.0
#include <crex/robust_semaphore.hpp>

#include <string_view>
#include <vector>

#include "python/handle.hpp"
#include "python/types.hpp"

namespace crex::python {
namespace {

using Body = Handle<RobustSemaphore>;

bool parse_release(const char* text, Release& release) {
    const std::string_view word{text};
    if (word != "by_holders" && word != "by_anyone") {
        PyErr_Format(PyExc_ValueError, "release must be 'by_holders' or 'by_anyone', not '%s'",
                     text);
        return false;
    }
    release = word == "by_anyone" ? Release::by_anyone : Release::by_holders;
    return true;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"name",    "flags",     "mode",         "initial_value",
                                        "release", "any_owner", "while_linked", "max_handles",
                                        "owner",   "group",     nullptr};
    NameArgument name;
    int flags = 0;
    const char* release = "by_holders";
    int any_owner = 0;
    int while_linked = 0;
    RobustSemaphoreOptions options;
    if (PyArg_ParseTupleAndKeywords(
            args, kwargs, "O&|O&O&O&$sppO&O&O&:RobustSemaphore", keywords(names), to_name, &name,
            to_flags, &flags, to_unsigned, &options.mode, to_unsigned, &options.initial_value,
            &release, &any_owner, &while_linked, to_size, &options.max_handles,
            to_optional_unsigned, &options.owner, to_optional_unsigned, &options.group) == 0 ||
        !parse_release(release, options.release)) {
        return -1;
    }
    options.any_owner = any_owner != 0;
    options.while_linked = while_linked != 0;
    return open_handle<RobustSemaphore>(self, "RobustSemaphore", name, flags, options);
}

Wait take(PyObject* self, const Call& call, const Limit& limit) {
    const auto semaphore = opened<RobustSemaphore>(self, call.function);
    return semaphore ? wait<RobustSemaphore>(
                           self, call, limit,
                           [&](Timeout timeout) { return semaphore->try_acquire_for(timeout); })
                     : Wait::failed;
}

PyObject* acquire(PyObject* self, PyObject* args, PyObject* kwargs) {
    const Call call{"RobustSemaphore.acquire", body_of<Body>(self).name};
    Limit limit;
    return parse_timeout(false, args, kwargs, "|O:acquire", limit)
               ? none_or_busy(take(self, call, limit), call)
               : nullptr;
}

PyObject* try_acquire(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"timeout", nullptr};
    Limit limit{do_not_wait};
    return PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:try_acquire", keywords(names), to_timeout,
                                       &limit.timeout) != 0
               ? true_or_false(
                     take(self, {"RobustSemaphore.try_acquire", body_of<Body>(self).name}, limit))
               : nullptr;
}

PyObject* release(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"n", nullptr};
    unsigned n = 1;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:release", keywords(names), to_unsigned,
                                    &n) == 0) {
        return nullptr;
    }
    return call<RobustSemaphore>(self, "RobustSemaphore.release",
                                 [&](RobustSemaphore& semaphore) { semaphore.release(n); });
}

PyObject* holders(PyObject* self, PyObject*) {
    return call<RobustSemaphore>(
        self, "RobustSemaphore.holders",
        [](RobustSemaphore& semaphore) { return semaphore.holders(); },
        [](const std::vector<PermitHolder>& all) -> PyObject* {
            Ref list{PyList_New(0)};
            for (const PermitHolder& each : all) {
                const Ref pair{Py_BuildValue("(iI)", each.pid, each.permits)};
                if (!list || !pair || PyList_Append(list.get(), pair.get()) != 0) {
                    return nullptr;
                }
            }
            return list.release();
        });
}

PyObject* permit_fd(PyObject* self, PyObject*) {
    return call<RobustSemaphore>(
        self, "RobustSemaphore.permit_fd",
        [](RobustSemaphore& semaphore) { return semaphore.permit_fd(); }, PyLong_FromLong);
}

PyObject* enter_by_acquiring(PyObject* self, PyObject*) {
    const Call call{"RobustSemaphore.acquire", body_of<Body>(self).name};
    const Ref acquired{none_or_busy(take(self, call, {}), call)};
    return acquired ? new_ref(self).release() : nullptr;
}
PyObject* exit_by_releasing(PyObject* self, PyObject*) {
    return call<RobustSemaphore>(self, "RobustSemaphore.release",
                                 [](RobustSemaphore& semaphore) { semaphore.release(); });
}

PyObject* unlink(PyObject* self, PyObject*) {
    return unlink_by_name("RobustSemaphore.unlink", body_of<Body>(self).name,
                          [](std::string_view name) { unlink_robust_semaphore(name); });
}

PyObject* get_ready_fd(PyObject* self, PyObject*) {
    return ready_fd<RobustSemaphore>(self, "RobustSemaphore.ready_fd");
}

PyMethodDef methods[] = {
    {"acquire", method(acquire), METH_VARARGS | METH_KEYWORDS,
     "acquire($self, /, timeout=None)\n--\n\n"
     "Wait until there is a permit, then take it. BusyError after `timeout` seconds."},
    {"try_acquire", method(try_acquire), METH_VARARGS | METH_KEYWORDS,
     "try_acquire($self, /, timeout=0)\n--\n\nLike acquire(), but return whether it succeeded."},
    {"release", method(release), METH_VARARGS | METH_KEYWORDS,
     "release($self, /, n=1)\n--\n\nGive n permits back, all or none."},
    {"holders", holders, METH_NOARGS,
     "holders($self, /)\n--\n\nA list of (pid, permits), one for each handle that holds any."},
    {"permit_fd", permit_fd, METH_NOARGS,
     "permit_fd($self, /)\n--\n\n"
     "A descriptor that keeps this handle's permits, for a program that is started now."},
    {"ready_fd", get_ready_fd, METH_NOARGS,
     "ready_fd($self, /)\n--\n\n"
     "A descriptor for poll(): readable while there is a permit, seen within 50 ms."},
    {"close", close_handle<RobustSemaphore>, METH_NOARGS,
     "close($self, /)\n--\n\n"
     "Close the handle, whose permits become free; waits in other threads end within 0.25 s."},
    {"unlink", unlink, METH_NOARGS, "unlink($self, /)\n--\n\nRemove the name."},
    {"__enter__", enter_by_acquiring, METH_NOARGS, "Acquire."},
    {"__exit__", exit_by_releasing, METH_VARARGS, "Release."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> members = handle_members<RobustSemaphore>(
    "RobustSemaphore.is_linked",
    {property<RobustSemaphore, &RobustSemaphore::value>("RobustSemaphore.value",
                                                        "How many permits are free now."),
     property<RobustSemaphore, &RobustSemaphore::held>("RobustSemaphore.held",
                                                       "How many permits this handle holds."),
     property<RobustSemaphore, &RobustSemaphore::previous_holder_died>(
         "RobustSemaphore.previous_holder_died",
         "Whether the permit acquired last was left by a holder that died.")});

std::vector<PyType_Slot> slots = slots_of<Body>(
    "RobustSemaphore(name, flags=0, mode=0o600, initial_value=1, *, release='by_holders', "
    "any_owner=False, while_linked=False, max_handles=512, owner=None, group=None)\n--\n\n"
    "A semaphore whose permits come back when their holder dies. The handle holds them, "
    "whichever thread acquired them.",
    init, methods, members.data());

} // namespace

PyType_Spec robust_semaphore_spec{"crex.RobustSemaphore", sizeof(Object<Body>), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python
