// SPDX-License-Identifier: BSL-1.0
#include "python/ring.hpp"

#include <optional>
#include <utility>

#include "python/types.hpp"

namespace crex::python {
namespace {

using Body = Handle<Ring>;

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"name",        "flags",  "mode",      "capacity",
                                        "max_records", "sparse", "any_owner", "while_linked",
                                        "spin",        "owner",  "group",     nullptr};
    NameArgument name;
    int flags = 0;
    int sparse = 0;
    int any_owner = 0;
    int while_linked = 0;
    RingOptions options;
    if (PyArg_ParseTupleAndKeywords(
            args, kwargs, "O&|O&O&O&O&$pppO&O&O&:Ring", keywords(names), to_name, &name, to_flags,
            &flags, to_unsigned, &options.mode, to_size, &options.capacity, to_size,
            &options.max_records, &sparse, &any_owner, &while_linked, to_unsigned, &options.spin,
            to_optional_unsigned, &options.owner, to_optional_unsigned, &options.group) == 0) {
        return -1;
    }
    options.sparse = sparse != 0;
    options.any_owner = any_owner != 0;
    options.while_linked = while_linked != 0;
    return open_handle<Ring>(self, "Ring", name, flags, options);
}

template <class Role, class Take>
PyObject* take_role(PyObject* self, PyTypeObject* type, const char* function, Take take) {
    Ref result{allocate<Owned<Role>>(type)};
    if (!result) {
        return nullptr;
    }
    auto& owned = body_of<Owned<Role>>(result.get());
    owned.name = body_of<Body>(self).name;
    const Ref done{
        call<Ring>(self, function, [&](Ring& ring) { owned.value.emplace(take(ring)); })};
    return done ? result.release() : nullptr;
}
PyObject* producer(PyObject* self, PyObject*) {
    return take_role<RingProducer>(self, types.ring_producer, "Ring.producer",
                                   [](Ring& ring) { return ring.producer(); });
}
PyObject* consumer(PyObject* self, PyObject*) {
    return take_role<RingConsumer>(self, types.ring_consumer, "Ring.consumer",
                                   [](Ring& ring) { return ring.consumer(); });
}

PyObject* shutdown(PyObject* self, PyObject*) {
    return call<Ring>(self, "Ring.shutdown", [](Ring& ring) { ring.shutdown(); });
}
PyObject* unlink(PyObject* self, PyObject*) {
    return unlink_by_name("Ring.unlink", body_of<Body>(self).name, unlink_ring);
}

PyMethodDef methods[] = {
    {"producer", producer, METH_NOARGS,
     "producer($self, /)\n--\n\nTake the role. BusyError while a living process has it."},
    {"consumer", consumer, METH_NOARGS,
     "consumer($self, /)\n--\n\nTake the role. BusyError while a living process has it."},
    {"shutdown", shutdown, METH_NOARGS,
     "shutdown($self, /)\n--\n\nEnd the stream, permanently: after the last record."},
    {"close", close_handle<Ring>, METH_NOARGS,
     "close($self, /)\n--\n\nClose the handle. Roles stay usable."},
    {"unlink", unlink, METH_NOARGS, "unlink($self, /)\n--\n\nRemove the name."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", exit_by_closing<Ring>, METH_VARARGS, "Close."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> members = handle_members<Ring>(
    "Ring.is_linked",
    {property<Ring, &Ring::has_producer>("Ring.has_producer",
                                         "Whether a process has the role now."),
     property<Ring, &Ring::has_consumer>("Ring.has_consumer",
                                         "Whether a process has the role now."),
     property<Ring, &Ring::is_shut_down>("Ring.is_shut_down", "Whether shutdown() was called."),
     property<Ring, &Ring::capacity>("Ring.capacity", "How many bytes the ring holds."),
     property<Ring, &Ring::max_records>("Ring.max_records", "How many records the ring holds."),
     property<Ring, &Ring::current_records>("Ring.current_records",
                                            "How many records are in the ring now.")});

std::vector<PyType_Slot> slots =
    slots_of<Body>("Ring(name, flags=0, mode=0o600, capacity=1048576, max_records=0, *, "
                   "sparse=False, any_owner=False, while_linked=False, spin=60, owner=None, "
                   "group=None)\n--\n\n"
                   "A bounded buffer of records for one producer and one consumer.",
                   init, methods, members.data());

} // namespace

PyType_Spec ring_spec{"crex.Ring", sizeof(Object<Body>), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python
