// SPDX-License-Identifier: BSL-1.0
#include <span>

#include "python/ring.hpp"
#include "python/types.hpp"

namespace crex::python {
namespace {

// A record is committed with all that were reserved before, so their views end first.
PyObject* send_record(PyObject* self, PyObject* args, PyObject* kwargs, const char* format,
                      const char* function, Limit limit, PyObject* convert(Wait, const Call&)) {
    static const char* const names[] = {"record", "timeout", nullptr};
    MessageArgument record;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords(names), record.target(),
                                    to_timeout, &limit.timeout) == 0) {
        return nullptr;
    }
    const Use<RingProducer> use{self, function, true};
    if (!use) {
        return nullptr;
    }
    return convert(
        wait_for_role(use, limit,
                      [&](Timeout timeout) { return use->try_send(record.bytes(), timeout); }),
        use.call());
}

PyObject* send(PyObject* self, PyObject* args, PyObject* kwargs) {
    return send_record(self, args, kwargs, "s*|O&:send", "RingProducer.send", {}, none_or_busy);
}
PyObject* try_send(PyObject* self, PyObject* args, PyObject* kwargs) {
    return send_record(self, args, kwargs, "s*|O&:try_send", "RingProducer.try_send", {do_not_wait},
                       [](Wait result, const Call&) { return true_or_false(result); });
}

PyObject* reserve(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"size", "timeout", nullptr};
    std::size_t size = 0;
    Limit limit;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O&:reserve", keywords(names), to_size, &size,
                                    to_timeout, &limit.timeout) == 0) {
        return nullptr;
    }
    const Use<RingProducer> use{self, "RingProducer.reserve", false};
    if (!use) {
        return nullptr;
    }
    std::span<std::byte> room;
    const Wait result = wait_for_role(use, limit, [&](Timeout timeout) {
        const auto reserved = use->try_reserve(size, timeout);
        room = reserved.value_or(std::span<std::byte>{});
        return reserved.has_value();
    });
    return result == Wait::done        ? view_of(self, use.owned().exports, room, false)
           : result == Wait::timed_out ? raise_busy(use.call(), "timed out")
                                       : nullptr;
}

PyObject* shrink(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"size", nullptr};
    std::size_t size = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&:shrink", keywords(names), to_size, &size) ==
        0) {
        return nullptr;
    }
    const Use<RingProducer> use{self, "RingProducer.shrink", true};
    return use ? use.run([&] { use->shrink(size); }) : nullptr;
}
PyObject* commit(PyObject* self, PyObject*) {
    const Use<RingProducer> use{self, "RingProducer.commit", true};
    return use ? use.run([&] { use->commit(); }) : nullptr;
}
PyObject* cancel(PyObject* self, PyObject*) {
    const Use<RingProducer> use{self, "RingProducer.cancel", true};
    return use ? use.run([&] { use->cancel(); }) : nullptr;
}

PyObject* get_has_consumer(PyObject* self, void*) {
    const Use<RingProducer> use{self, "RingProducer.has_consumer", false};
    return use ? translating(use.call(), [&] { return boolean(use->has_consumer()); }) : nullptr;
}

PyMethodDef methods[] = {
    {"send", method(send), METH_VARARGS | METH_KEYWORDS,
     "send($self, /, record, timeout=None)\n--\n\n"
     "Append a record, and commit all that were reserved before. Wait while there is no room."},
    {"try_send", method(try_send), METH_VARARGS | METH_KEYWORDS,
     "try_send($self, /, record, timeout=0)\n--\n\nLike send(), but return whether it succeeded."},
    {"reserve", method(reserve), METH_VARARGS | METH_KEYWORDS,
     "reserve($self, /, size, timeout=None)\n--\n\n"
     "Return a memoryview of room for a record, to be written in place. commit() releases it."},
    {"shrink", method(shrink), METH_VARARGS | METH_KEYWORDS,
     "shrink($self, /, size)\n--\n\n"
     "Shorten the record reserved last. All views of reserved records end."},
    {"commit", commit, METH_NOARGS,
     "commit($self, /)\n--\n\n"
     "Pass all reserved records to the consumer. BufferError while there is a view of one that "
     "reserve() did not return."},
    {"cancel", cancel, METH_NOARGS, "cancel($self, /)\n--\n\nDrop the reserved records."},
    {"close", close_role<RingProducer>, METH_NOARGS,
     "close($self, /)\n--\n\nGive up the role. Records that were not committed are dropped."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", close_role<RingProducer>, METH_VARARGS, "Close."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef members[] = {
    {"name", get_role_name<RingProducer>, nullptr, "The ring's name.", nullptr},
    {"closed", get_role_closed<RingProducer>, nullptr, "Whether the role was given up.", nullptr},
    {"has_consumer", get_has_consumer, nullptr, "Whether a process has that role now.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

std::vector<PyType_Slot> slots = slots_of<Owned<RingProducer>>(
    "The role that puts records into a ring; for one thread at a time.", nullptr, methods, members);

} // namespace

PyType_Spec ring_producer_spec{"crex.RingProducer", sizeof(Object<Owned<RingProducer>>), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               slots.data()};

} // namespace crex::python
