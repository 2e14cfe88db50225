// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/message_queue.hpp>

#include <cerrno>

#include <crex/error.hpp>

#include "python/sysv/object.hpp"
#include "python/sysv/types.hpp"
#include "python/waiting.hpp"

namespace crex::python::sysv_ipc {
namespace {

constexpr std::size_t message_size_max_default = 2048;

struct Body {
    static constexpr const char* type_name = "MessageQueue";
    std::optional<sysv::MessageQueue> object;
    std::size_t max_message_size = message_size_max_default;
};

// As in msgget(2), the mode also says what an existing queue is opened for.
sysv::MessageQueueOptions options_of(unsigned mode) {
    sysv::MessageQueueOptions options;
    options.mode = mode;
    options.write = (mode & 0222U) != 0;
    options.read = (mode & 0444U) != 0 || !options.write;
    return options;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"key", "flags", "mode", "max_message_size", nullptr};
    OpeningArguments opening;
    std::size_t max_message_size = message_size_max_default;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|iiO&:MessageQueue", keywords(names), to_key,
                                    &opening.key, &opening.flags, &opening.mode, to_size,
                                    &max_message_size) == 0) {
        return -1;
    }
    const auto flags = opening.crex_flags();
    const auto open = [&] {
        return sysv::MessageQueue{opening.key, *flags, options_of(opening.mode_bits())};
    };
    if (!flags || !open_object<Body>(self, opening.key, open)) {
        return -1;
    }
    body_of<Body>(self).max_message_size = max_message_size;
    return 0;
}

// Calls attempt(queue, timeout), which returns whether it succeeded. The first attempt, which does
// not wait, is made with the GIL. Then the kernel waits, and not this library in slices: it has no
// wait with a timeout, and looking again and again would cost more than it gives. So a signal that
// comes in the instant before the kernel waits is handled with the next one.
template <class Attempt>
PyObject* wait_for(PyObject* self, const char* function, bool block, const char* cause,
                   Attempt attempt) {
    return call<Body>(self, function, [&](const Body& body) -> PyObject* {
        sysv::MessageQueue queue = *body.object;
        if (attempt(queue, do_not_wait)) {
            return none();
        }
        const std::string text = description_of(queue);
        const Call call{function, text, true};
        if (!block) {
            return raise_busy(call, cause);
        }
        if (PyErr_CheckSignals() != 0) {
            return nullptr;
        }
        const auto error = without_gil([&] { (void)attempt(queue, no_timeout); });
        if (!error) {
            return none();
        }
        return PyErr_CheckSignals() == 0 ? raise(call, error) : nullptr;
    });
}

// Returns -1 with a Python error set; anything is true or false.
int truth_of(PyObject* object) { return object == nullptr ? 1 : PyObject_IsTrue(object); }

PyObject* send(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"message", "block", "type", nullptr};
    MessageArgument message;
    PyObject* block_argument = nullptr;
    int type = 1;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "s*|Oi:send", keywords(names), message.target(),
                                    &block_argument, &type) == 0) {
        return nullptr;
    }
    const int block = truth_of(block_argument);
    const Body* const body = block >= 0 ? opened<Body>(self, "MessageQueue.send") : nullptr;
    if (body == nullptr) {
        return nullptr;
    }
    const auto bytes = message.bytes();
    if (bytes.size() > body->max_message_size) {
        PyErr_Format(PyExc_ValueError,
                     "MessageQueue.send: %zu bytes are more than max_message_size, %zu",
                     bytes.size(), body->max_message_size);
        return nullptr;
    }
    return wait_for(self, "MessageQueue.send", block != 0, "the queue is full",
                    [&](sysv::MessageQueue& queue, Timeout timeout) {
                        return queue.try_send_for(timeout, bytes, type);
                    });
}

PyObject* receive(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"block", "type", nullptr};
    PyObject* block_argument = nullptr;
    int type = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|Oi:receive", keywords(names), &block_argument,
                                    &type) == 0) {
        return nullptr;
    }
    const int block = truth_of(block_argument);
    if (block < 0) {
        return nullptr;
    }
    std::optional<sysv::Message> message;
    const Ref received{wait_for(self, "MessageQueue.receive", block != 0,
                                "there is no such message",
                                [&](sysv::MessageQueue& queue, Timeout timeout) {
                                    message = queue.try_receive_for(timeout, type);
                                    return message.has_value();
                                })};
    return received ? Py_BuildValue("y#l", message->body.data(),
                                    static_cast<Py_ssize_t>(message->body.size()), message->type)
                    : nullptr;
}

bool set_max_size(Body& body, PyObject* value) {
    std::size_t size = 0;
    return to_size(value, &size) != 0 && (body.object->max_size(size), true);
}

constexpr std::array attributes{
    Attribute<Body>{"max_size", "How many bytes all messages in it may have together.",
                    [](const Body& body) { return PyLong_FromSize_t(body.object->max_size()); },
                    set_max_size},
    Attribute<Body>{
        "current_messages", "How many messages are in it.",
        [](const Body& body) { return PyLong_FromSize_t(body.object->current_messages()); }},
    Attribute<Body>{"last_send_time", "When a message was last sent; 0 if none was.",
                    [](const Body& body) { return to_python(body.object->info().last_send_time); }},
    Attribute<Body>{
        "last_receive_time", "When a message was last received; 0 if none was.",
        [](const Body& body) { return to_python(body.object->info().last_receive_time); }},
    Attribute<Body>{
        "last_change_time", "When it was created, or its owner, mode or size was set.",
        [](const Body& body) { return to_python(body.object->info().last_change_time); }},
    Attribute<Body>{
        "last_send_pid", "The process that last sent a message; 0 if none has.",
        [](const Body& body) { return PyLong_FromLong(body.object->info().last_send_pid); }},
    Attribute<Body>{
        "last_receive_pid", "The process that last received a message; 0 if none has.",
        [](const Body& body) { return PyLong_FromLong(body.object->info().last_receive_pid); }},
};

PyMethodDef methods[] = {
    {"send", method(send), METH_VARARGS | METH_KEYWORDS,
     "send($self, /, message, block=True, type=1)\n--\n\n"
     "Append a message. If the queue is full, wait; without `block`, BusyError."},
    {"receive", method(receive), METH_VARARGS | METH_KEYWORDS,
     "receive($self, /, block=True, type=0)\n--\n\n"
     "Take a message; return (body, type). The oldest of all if type is 0, of that type if it is "
     "above 0, of the lowest type up to -type if it is below 0. If there is none, wait; without "
     "`block`, BusyError."},
    {"remove", remove<Body>, METH_NOARGS,
     "remove($self, /)\n--\n\nRemove the queue, for every process."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> member_table = members(attributes);

std::vector<PyType_Slot> slots = slots_of<Body>(
    "MessageQueue(key, flags=0, mode=0o600, max_message_size=2048)\n--\n\n"
    "A System V message queue, which C programs share.",
    init, methods, member_table.data(),
    {{Py_tp_str, slot(string_of<Body>)}, {Py_tp_repr, slot(representation_of<Body>)}});

} // namespace

PyType_Spec message_queue_spec{"crex.sysv_ipc.MessageQueue", sizeof(Object<Body>), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python::sysv_ipc
