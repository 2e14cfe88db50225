// SPDX-License-Identifier: BSL-1.0
#include "python/message_queue.hpp"
#include "python/notification.hpp"

namespace crex::python {
namespace {

PyObject* request(PyObject* self, const std::function<void(MessageQueue&)>& function) {
    return call<MessageQueue>(self, "MessageQueue.request_notification", function);
}

PyObject* request_signal(PyObject* self, PyObject* number) {
    unsigned signal = 0;
    if (to_unsigned(number, &signal) == 0) {
        return nullptr;
    }
    const int given = signal <= 0xffff ? static_cast<int>(signal) : 0xffff;
    return request(self, [&](MessageQueue& queue) { queue.request_notification(Signal{given}); });
}

PyObject* request_call(PyObject* self, PyObject* function, PyObject* parameter) {
    const auto callback = notification(function, parameter);
    return request(self, [&](MessageQueue& queue) { queue.request_notification(callback); });
}

} // namespace

PyObject* request_notification(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"notification", nullptr};
    PyObject* wanted = Py_None;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O:request_notification", keywords(names),
                                    &wanted) == 0) {
        return nullptr;
    }
    if (wanted == Py_None) {
        return request(self, [](MessageQueue& queue) { queue.request_notification(); });
    }
    if (PyLong_Check(wanted) != 0) {
        return request_signal(self, wanted);
    }
    if (PyTuple_Check(wanted) != 0 && PyTuple_Size(wanted) == 2 &&
        PyCallable_Check(PyTuple_GetItem(wanted, 0)) != 0) {
        return request_call(self, PyTuple_GetItem(wanted, 0), PyTuple_GetItem(wanted, 1));
    }
    PyErr_SetString(PyExc_ValueError, "a notification must be None, the number of a signal, or a "
                                      "tuple of a function and its parameter");
    return nullptr;
}

} // namespace crex::python
