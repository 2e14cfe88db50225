// SPDX-License-Identifier: BSL-1.0
#include <crex/loan.hpp>

#include <optional>
#include <utility>

#include "python/message_queue.hpp"
#include "python/owned.hpp"
#include "python/types.hpp"

namespace crex::python {
namespace {

template <class T> constexpr bool read_only = false;
template <> constexpr bool read_only<Lease> = true;

template <class T> int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    auto& owned = body_of<Owned<T>>(self);
    if (!owned.value) {
        view->obj = nullptr;
        raise_closed({"memoryview", owned.name});
        return -1;
    }
    return owned.exports.fill(self, view, owned.value->bytes(), read_only<T>, flags);
}
template <class T> void release_buffer(PyObject* self, Py_buffer*) {
    body_of<Owned<T>>(self).exports.release();
}
template <class T> Py_ssize_t length(PyObject* self) {
    const auto& owned = body_of<Owned<T>>(self);
    return owned.value ? static_cast<Py_ssize_t>(owned.value->bytes().size()) : 0;
}
template <class T> PyObject* get_data(PyObject* self, void*) {
    return body_of<Owned<T>>(self).exports.view(self);
}
template <class T> PyObject* get_closed(PyObject* self, void*) {
    return boolean(!body_of<Owned<T>>(self).value);
}

// Ends a loan or a lease by action(value), and then gives it up.
template <class T, class Action>
PyObject* end(PyObject* self, const char* function, Action action) {
    const Use<T> use{self, function, true};
    if (!use) {
        return nullptr;
    }
    Ref done{use.run([&] { action(*use); })};
    if (done) {
        use.owned().give_up();
    }
    return done.release();
}

PyObject* send(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"priority", "size", nullptr};
    unsigned priority = 0;
    PyObject* size_argument = Py_None;
    std::size_t size = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&O:send", keywords(names), to_unsigned,
                                    &priority, &size_argument) == 0 ||
        (size_argument != Py_None && to_size(size_argument, &size) == 0)) {
        return nullptr;
    }
    return end<Loan>(self, "Loan.send", [&](Loan& loan) {
        size_argument == Py_None ? loan.send(priority) : loan.send_prefix(size, priority);
    });
}
PyObject* drop(PyObject* self, PyObject*) {
    return end<Loan>(self, "Loan.drop", [](Loan&) {});
}

PyObject* ack(PyObject* self, PyObject*) {
    return end<Lease>(self, "Lease.ack", [](Lease& lease) { lease.ack(); });
}
PyObject* nack(PyObject* self, PyObject*) {
    return end<Lease>(self, "Lease.nack", [](Lease& lease) { lease.nack(); });
}
PyObject* nack_untried(PyObject* self, PyObject*) {
    return end<Lease>(self, "Lease.nack_untried", [](Lease& lease) { lease.nack_untried(); });
}

// At the end of `with`: what was not ended is ended, well or, after an exception, badly.
template <class T, PyObject* well(PyObject*, PyObject*), PyObject* badly(PyObject*, PyObject*)>
PyObject* exit_by_ending(PyObject* self, PyObject* args) {
    if (!body_of<Owned<T>>(self).value) {
        return none();
    }
    const bool raised = PyTuple_Size(args) > 0 && PyTuple_GetItem(args, 0) != Py_None;
    return raised ? badly(self, nullptr) : well(self, nullptr);
}
PyObject* send_all(PyObject* self, PyObject*) {
    return end<Loan>(self, "Loan.send", [](Loan& loan) { loan.send(); });
}

PyObject* get_priority(PyObject* self, void*) {
    const Use<Lease> use{self, "Lease.priority", false};
    return use ? number(use->priority()) : nullptr;
}
PyObject* get_attempts(PyObject* self, void*) {
    const Use<Lease> use{self, "Lease.attempts", false};
    return use ? number(use->attempts()) : nullptr;
}

// A new Python object, which the queue then gives a loan or a lease.
template <class T, class Attempt>
PyObject* obtain(PyObject* queue, PyTypeObject* type, const char* function, PyObject* timeout,
                 Attempt attempt) {
    Limit limit;
    Ref result{parse_queue_timeout(queue, timeout, limit) ? allocate<Owned<T>>(type) : nullptr};
    if (!result) {
        return nullptr;
    }
    auto& owned = body_of<Owned<T>>(result.get());
    const Call call = queue_call(queue, function);
    owned.name = call.name;
    const Wait outcome =
        wait_for_queue(queue, call, limit, [&](MessageQueue& source, Timeout patience) {
            if (auto value = attempt(source, patience)) {
                owned.value.emplace(*std::move(value));
            }
            return owned.value.has_value();
        });
    return outcome == Wait::timed_out ? raise_busy(call, "timed out")
           : outcome == Wait::done    ? result.release()
                                      : nullptr;
}

PyMethodDef loan_methods[] = {
    {"send", method(send), METH_VARARGS | METH_KEYWORDS,
     "send($self, /, priority=0, size=None)\n--\n\n"
     "Send the message, or its first `size` bytes. BufferError while there is a view of it."},
    {"drop", drop, METH_NOARGS, "drop($self, /)\n--\n\nGive the room back. Nothing is sent."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", exit_by_ending<Loan, send_all, drop>, METH_VARARGS,
     "Send what was not sent; after an exception, drop it."},
    {nullptr, nullptr, 0, nullptr}};
PyGetSetDef loan_members[] = {
    {"data", get_data<Loan>, nullptr, "A memoryview of the bytes, released by send() and drop().",
     nullptr},
    {"closed", get_closed<Loan>, nullptr, "Whether it was sent or dropped.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};
std::vector<PyType_Slot> loan_slots =
    slots_of<Owned<Loan>>("Room for a message in the queue's memory, by the buffer protocol.",
                          nullptr, loan_methods, loan_members,
                          {{Py_sq_length, slot(length<Loan>)},
                           {Py_bf_getbuffer, slot(get_buffer<Loan>)},
                           {Py_bf_releasebuffer, slot(release_buffer<Loan>)}});

PyMethodDef lease_methods[] = {
    {"ack", ack, METH_NOARGS,
     "ack($self, /)\n--\n\n"
     "Acknowledge the message, which is removed. BufferError while there is a view of it."},
    {"nack", nack, METH_NOARGS, "nack($self, /)\n--\n\nGive the message back, at its old place."},
    {"nack_untried", nack_untried, METH_NOARGS,
     "nack_untried($self, /)\n--\n\nLike nack(), without counting an attempt."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", exit_by_ending<Lease, ack, nack>, METH_VARARGS,
     "Acknowledge the message; after an exception, give it back."},
    {nullptr, nullptr, 0, nullptr}};
PyGetSetDef lease_members[] = {
    {"data", get_data<Lease>, nullptr, "A memoryview of the message, released by ack() and nack().",
     nullptr},
    {"priority", get_priority, nullptr, "The message's priority.", nullptr},
    {"attempts", get_attempts, nullptr,
     "How many times the message was given back, or left behind, before.", nullptr},
    {"closed", get_closed<Lease>, nullptr, "Whether it was acknowledged or given back.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};
std::vector<PyType_Slot> lease_slots = slots_of<Owned<Lease>>(
    "A message in the queue's memory, by the buffer protocol. If it is dropped, or "
    "its process dies, the message is delivered again.",
    nullptr, lease_methods, lease_members,
    {{Py_sq_length, slot(length<Lease>)},
     {Py_bf_getbuffer, slot(get_buffer<Lease>)},
     {Py_bf_releasebuffer, slot(release_buffer<Lease>)}});

} // namespace

PyObject* loan_message(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"size", "timeout", nullptr};
    std::size_t size = 0;
    PyObject* timeout = Py_None;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O:loan", keywords(names), to_size, &size,
                                    &timeout) == 0) {
        return nullptr;
    }
    return obtain<Loan>(
        self, types.loan, "MessageQueue.loan", timeout,
        [&](MessageQueue& queue, Timeout patience) { return queue.try_loan(size, patience); });
}

PyObject* lease_message(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"timeout", nullptr};
    PyObject* timeout = Py_None;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O:lease", keywords(names), &timeout) == 0) {
        return nullptr;
    }
    return obtain<Lease>(
        self, types.lease, "MessageQueue.lease", timeout,
        [](MessageQueue& queue, Timeout patience) { return queue.try_lease(patience); });
}

PyType_Spec loan_spec{"crex.Loan", sizeof(Object<Owned<Loan>>), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, loan_slots.data()};
PyType_Spec lease_spec{"crex.Lease", sizeof(Object<Owned<Lease>>), 0,
                       Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, lease_slots.data()};

} // namespace crex::python
