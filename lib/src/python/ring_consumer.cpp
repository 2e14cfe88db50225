// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "python/ring.hpp"
#include "python/types.hpp"

namespace crex::python {
namespace {

using Record = RingConsumer::Record;

Wait peek_record(const Use<RingConsumer>& use, const Limit& limit, Record& record) {
    return wait_for_role(use, limit, [&](Timeout timeout) {
        const auto found = use->try_peek(timeout);
        record = found.value_or(Record{});
        return found.has_value();
    });
}

PyObject* peek(PyObject* self, PyObject* args, PyObject* kwargs) {
    Limit limit;
    const Use<RingConsumer> use{self, "RingConsumer.peek", false};
    if (!use || !parse_timeout(false, args, kwargs, "|O:peek", limit)) {
        return nullptr;
    }
    Record record;
    const Wait result = peek_record(use, limit, record);
    return result == Wait::done        ? view_of(self, use.owned().exports, record, true)
           : result == Wait::timed_out ? raise_busy(use.call(), "timed out")
                                       : nullptr;
}

PyObject* views_of(PyObject* self, Exports& exports, std::span<const Record> records) {
    Ref list{PyList_New(0)};
    for (const Record record : records) {
        const Ref view{list ? view_of(self, exports, record, true) : nullptr};
        if (!view || PyList_Append(list.get(), view.get()) != 0) {
            return nullptr;
        }
    }
    return list.release();
}

PyObject* peek_many(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"at_most", "timeout", nullptr};
    constexpr std::size_t most = 4096;
    std::size_t at_most = 0;
    Limit limit;
    const Use<RingConsumer> use{self, "RingConsumer.peek_many", false};
    if (!use || PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O&:peek_many", keywords(names),
                                            to_size, &at_most, to_timeout, &limit.timeout) == 0) {
        return nullptr;
    }
    std::vector<Record> records(std::min(at_most, most));
    std::size_t count = 0;
    const Wait result = wait_for_role(use, limit, [&](Timeout timeout) {
        count = use->peek_many(records, timeout);
        return count > 0 || records.empty();
    });
    return result == Wait::failed
               ? nullptr
               : views_of(self, use.owned().exports, std::span{records}.first(count));
}

PyObject* consume(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"count", nullptr};
    std::size_t count = 1;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:consume", keywords(names), to_size,
                                    &count) == 0) {
        return nullptr;
    }
    const Use<RingConsumer> use{self, "RingConsumer.consume", true};
    return use ? use.run([&] { use->consume(count); }) : nullptr;
}

// The record is taken out once its copy exists.
PyObject* receive(PyObject* self, const char* function, const Limit& limit,
                  PyObject* timed_out(const Call&)) {
    const Use<RingConsumer> use{self, function, true};
    if (!use) {
        return nullptr;
    }
    Record record;
    const Wait result = peek_record(use, limit, record);
    if (result != Wait::done) {
        return result == Wait::timed_out ? timed_out(use.call()) : nullptr;
    }
    Ref copy{PyBytes_FromStringAndSize(reinterpret_cast<const char*>(record.data()),
                                       static_cast<Py_ssize_t>(record.size()))};
    return translating(use.call(), [&] {
        if (copy) {
            use->consume();
        }
        return copy.release();
    });
}

PyObject* receive(PyObject* self, PyObject* args, PyObject* kwargs) {
    Limit limit;
    if (!parse_timeout(false, args, kwargs, "|O:receive", limit)) {
        return nullptr;
    }
    return receive(self, "RingConsumer.receive", limit,
                   [](const Call& call) { return raise_busy(call, "timed out"); });
}

PyObject* try_receive(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"timeout", nullptr};
    Limit limit{do_not_wait};
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:try_receive", keywords(names), to_timeout,
                                    &limit.timeout) == 0) {
        return nullptr;
    }
    return receive(self, "RingConsumer.try_receive", limit, [](const Call&) { return none(); });
}

PyObject* next(PyObject* self) {
    PyObject* const record =
        receive(self, "RingConsumer.receive", {}, [](const Call&) -> PyObject* { return nullptr; });
    if (record == nullptr && is_shutdown_error()) {
        PyErr_Clear();
    }
    return record;
}

PyObject* get_has_producer(PyObject* self, void*) {
    const Use<RingConsumer> use{self, "RingConsumer.has_producer", false};
    return use ? translating(use.call(), [&] { return boolean(use->has_producer()); }) : nullptr;
}

PyMethodDef methods[] = {
    {"receive", method(static_cast<PyCFunctionWithKeywords>(receive)), METH_VARARGS | METH_KEYWORDS,
     "receive($self, /, timeout=None)\n--\n\n"
     "Take the oldest record out, as bytes. Wait while there is none."},
    {"try_receive", method(try_receive), METH_VARARGS | METH_KEYWORDS,
     "try_receive($self, /, timeout=0)\n--\n\nLike receive(), but return None in time."},
    {"peek", method(peek), METH_VARARGS | METH_KEYWORDS,
     "peek($self, /, timeout=None)\n--\n\n"
     "Return a memoryview of the oldest record, in place, until consume()."},
    {"peek_many", method(peek_many), METH_VARARGS | METH_KEYWORDS,
     "peek_many($self, /, at_most, timeout=None)\n--\n\n"
     "Return views of the records that are there, at most 4096; wait only for the first. The list "
     "is empty when the timeout has passed."},
    {"consume", method(consume), METH_VARARGS | METH_KEYWORDS,
     "consume($self, /, count=1)\n--\n\n"
     "Take the first records that the last peek showed out of the ring. All views that it returned "
     "end; BufferError while there is another one."},
    {"close", close_role<RingConsumer>, METH_NOARGS,
     "close($self, /)\n--\n\nGive up the role. Records that were not consumed stay."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", close_role<RingConsumer>, METH_VARARGS, "Close."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef members[] = {
    {"name", get_role_name<RingConsumer>, nullptr, "The ring's name.", nullptr},
    {"closed", get_role_closed<RingConsumer>, nullptr, "Whether the role was given up.", nullptr},
    {"has_producer", get_has_producer, nullptr, "Whether a process has that role now.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

std::vector<PyType_Slot> slots = slots_of<Owned<RingConsumer>>(
    "The role that takes records out of a ring; for one thread at a time.", nullptr, methods,
    members, {{Py_tp_iter, slot(PyObject_SelfIter)}, {Py_tp_iternext, slot(next)}});

} // namespace

PyType_Spec ring_consumer_spec{"crex.RingConsumer", sizeof(Object<Owned<RingConsumer>>), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               slots.data()};

} // namespace crex::python
