// SPDX-License-Identifier: BSL-1.0
#include "python/message_queue.hpp"

#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include "python/types.hpp"

namespace crex::python {
namespace {

using Body = Handle<MessageQueue>;

struct Sending {
    MessageArgument message;
    Limit limit;
    unsigned priority = 0;
};

bool parse(PyObject* self, PyObject* args, PyObject* kwargs, const char* format, Sending& sending) {
    static const char* const names[] = {"message", "timeout", "priority", nullptr};
    PyObject* timeout = nullptr;
    return PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords(names),
                                       sending.message.target(), &timeout, to_unsigned,
                                       &sending.priority) != 0 &&
           (timeout == nullptr || parse_queue_timeout(self, timeout, sending.limit));
}

Wait send(PyObject* self, const Call& call, const Sending& sending) {
    return wait_for_queue(self, call, sending.limit, [&](MessageQueue& queue, Timeout timeout) {
        return queue.try_send_for(timeout, sending.message.bytes(), sending.priority);
    });
}

PyObject* send(PyObject* self, PyObject* args, PyObject* kwargs) {
    Sending sending;
    sending.limit.raises_signal_error = body_of<Body>(self).like_posix_ipc;
    if (!parse(self, args, kwargs, "s*|OO&:send", sending)) {
        return nullptr;
    }
    const Call call = queue_call(self, "MessageQueue.send");
    const Wait result = send(self, call, sending);
    return result == Wait::timed_out ? raise_busy(call, "the queue is full")
                                     : none_or_busy(result, call);
}

PyObject* try_send(PyObject* self, PyObject* args, PyObject* kwargs) {
    Sending sending;
    sending.limit.timeout = do_not_wait;
    return parse(self, args, kwargs, "s*|OO&:try_send", sending)
               ? true_or_false(send(self, queue_call(self, "MessageQueue.try_send"), sending))
               : nullptr;
}

// Room for the longest message: the thread's own, if that is not large.
class ReceiveBuffer {
public:
    explicit ReceiveBuffer(std::size_t size) {
        constexpr std::size_t large = std::size_t{1} << 20;
        static thread_local std::vector<std::byte> own;
        auto& used = size > large ? temporary_ : own;
        if (used.size() < size) {
            used.resize(size);
        }
        bytes_ = {used.data(), size};
    }
    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

private:
    std::vector<std::byte> temporary_;
    std::span<std::byte> bytes_;
};

Wait receive(PyObject* self, const Call& call, const Limit& limit, Ref& result) try {
    const auto queue = opened<MessageQueue>(self, call.function);
    if (!queue) {
        return Wait::failed;
    }
    const ReceiveBuffer buffer{queue->max_message_size()};
    ReceivedMessage received;
    const auto take = [&](MessageQueue& source, Timeout timeout) {
        const auto message = source.try_receive_into(buffer.bytes(), timeout);
        received = message.value_or(ReceivedMessage{});
        return message.has_value();
    };
    const Wait outcome = wait_for_queue(self, call, limit, take);
    if (outcome != Wait::done) {
        return outcome;
    }
    result.reset(Py_BuildValue("(y#I)", reinterpret_cast<const char*>(buffer.bytes().data()),
                               static_cast<Py_ssize_t>(received.size), received.priority));
    return result ? Wait::done : Wait::failed;
} catch (const std::bad_alloc&) { // of the buffer
    PyErr_NoMemory();
    return Wait::failed;
}

PyObject* receive(PyObject* self, PyObject* args, PyObject* kwargs) {
    Limit limit;
    if (!parse_timeout(body_of<Body>(self).like_posix_ipc, args, kwargs, "|O:receive", limit)) {
        return nullptr;
    }
    const Call call = queue_call(self, "MessageQueue.receive");
    Ref result;
    const Wait outcome = receive(self, call, limit, result);
    return outcome == Wait::timed_out ? raise_busy(call, "the queue is empty") : result.release();
}

PyObject* try_receive(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"timeout", nullptr};
    Limit limit{do_not_wait};
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:try_receive", keywords(names), to_timeout,
                                    &limit.timeout) == 0) {
        return nullptr;
    }
    Ref result;
    const Wait outcome = receive(self, queue_call(self, "MessageQueue.try_receive"), limit, result);
    return outcome == Wait::timed_out ? none() : result.release();
}

PyObject* peek(PyObject* self, PyObject*) {
    return call<MessageQueue>(
        self, "MessageQueue.peek", [](MessageQueue& queue) { return queue.peek(); },
        [](const std::optional<Message>& message) {
            return message ? Py_BuildValue("(y#I)", message->body.data(),
                                           static_cast<Py_ssize_t>(message->body.size()),
                                           message->priority)
                           : none();
        });
}

PyObject* stats(PyObject* self, PyObject*) {
    return call<MessageQueue>(
        self, "MessageQueue.stats", [](MessageQueue& queue) { return queue.stats(); },
        [](const MessageQueueStats& found) {
            using Number = unsigned long long;
            return Py_BuildValue("{sKsKsKsKsKsKsK}", "sent", Number{found.sent}, "received",
                                 Number{found.received}, "redelivered", Number{found.redelivered},
                                 "dead_lettered", Number{found.dead_lettered}, "recoveries",
                                 Number{found.recoveries}, "quarantined", Number{found.quarantined},
                                 "participants", Number{found.participants});
        });
}

PyObject* shutdown(PyObject* self, PyObject*) {
    return call<MessageQueue>(self, "MessageQueue.shutdown",
                              [](MessageQueue& queue) { queue.shutdown(); });
}
PyObject* repair(PyObject* self, PyObject*) {
    return call<MessageQueue>(self, "MessageQueue.repair",
                              [](MessageQueue& queue) { queue.repair(); });
}

PyObject* unlink(PyObject* self, PyObject*) {
    const auto& body = body_of<Body>(self);
    return unlink_by_name("MessageQueue.unlink", body.name, [&](const std::string& name) {
        unlink_message_queue(name, body.backend);
    });
}

PyObject* get_block(PyObject* self, void*) {
    const auto queue = opened<MessageQueue>(self, "MessageQueue.block");
    return queue ? boolean(queue->block()) : nullptr;
}
int set_block(PyObject* self, PyObject* value, void*) {
    const int whether = value != nullptr ? PyObject_IsTrue(value) : -1;
    if (value == nullptr) {
        PyErr_SetString(PyExc_AttributeError, "block cannot be deleted");
    }
    const auto queue = whether < 0 ? nullptr : opened<MessageQueue>(self, "MessageQueue.block");
    if (queue) {
        queue->block(whether != 0);
    }
    return queue ? 0 : -1;
}

PyObject* get_backend(PyObject* self, void*) {
    const auto queue = opened<MessageQueue>(self, "MessageQueue.backend");
    return queue ? PyUnicode_FromString(to_string(queue->backend()).data()) : nullptr;
}

// What poll(2) takes: of the kernel's queues the descriptor, of the others the one of ready_fd().
PyObject* fileno(PyObject* self, PyObject*) {
    return ready_fd<MessageQueue>(self, "MessageQueue.fileno");
}
PyObject* get_mqd(PyObject* self, void*) {
    return ready_fd<MessageQueue>(self, "MessageQueue.mqd");
}

PyObject* next(PyObject* self) {
    const Call call = queue_call(self, "MessageQueue.receive");
    Ref result;
    receive(self, call, Limit{no_timeout, body_of<Body>(self).like_posix_ipc}, result);
    if (!result && is_shutdown_error()) {
        PyErr_Clear();
    }
    return result.release();
}

PyObject* get_ready_fd(PyObject* self, PyObject*) {
    return ready_fd<MessageQueue>(self, "MessageQueue.ready_fd");
}

PyMethodDef methods[] = {
    {"send", method(static_cast<PyCFunctionWithKeywords>(send)), METH_VARARGS | METH_KEYWORDS,
     "send($self, /, message, timeout=None, priority=0)\n--\n\n"
     "Append a message, a str (sent in UTF-8) or bytes. Wait while the queue is full."},
    {"try_send", method(try_send), METH_VARARGS | METH_KEYWORDS,
     "try_send($self, /, message, timeout=0, priority=0)\n--\n\n"
     "Like send(), but return whether it succeeded."},
    {"receive", method(static_cast<PyCFunctionWithKeywords>(receive)), METH_VARARGS | METH_KEYWORDS,
     "receive($self, /, timeout=None)\n--\n\n"
     "Take the oldest message of the highest priority: (bytes, priority). Wait while there is "
     "none."},
    {"try_receive", method(try_receive), METH_VARARGS | METH_KEYWORDS,
     "try_receive($self, /, timeout=0)\n--\n\nLike receive(), but return None in time."},
    {"send_many", method(send_many_messages), METH_VARARGS | METH_KEYWORDS,
     "send_many($self, /, messages, timeout=None, priority=0)\n--\n\n"
     "Append many messages at less cost. Return how many, counted from the front."},
    {"receive_many", method(receive_many_messages), METH_VARARGS | METH_KEYWORDS,
     "receive_many($self, /, at_most, timeout=None)\n--\n\n"
     "Take the messages that are there; wait only for the first. Return a list, which is empty "
     "when the timeout has passed."},
    {"loan", method(loan_message), METH_VARARGS | METH_KEYWORDS,
     "loan($self, /, size, timeout=None)\n--\n\n"
     "Return a Loan: room for a message, to be written in place. Robust backend."},
    {"lease", method(lease_message), METH_VARARGS | METH_KEYWORDS,
     "lease($self, /, timeout=None)\n--\n\n"
     "Return a Lease: the next message, to be read in place. Robust backend."},
    {"peek", peek, METH_NOARGS,
     "peek($self, /)\n--\n\nA copy of the next message, or None. Robust backend."},
    {"stats", stats, METH_NOARGS, "stats($self, /)\n--\n\nCounters, a dict. Robust backend."},
    {"shutdown", shutdown, METH_NOARGS,
     "shutdown($self, /)\n--\n\n"
     "Let the queue take no more messages, permanently. Robust backend."},
    {"repair", repair, METH_NOARGS,
     "repair($self, /)\n--\n\nMake a queue usable that raises CorruptError. Robust backend."},
    {"request_notification", method(request_notification), METH_VARARGS | METH_KEYWORDS,
     "request_notification($self, /, notification=None)\n--\n\n"
     "Request one notification of the next message into the empty queue: by a signal (an int), or "
     "by a call in a new thread (function, parameter). None takes the request back."},
    {"ready_fd", get_ready_fd, METH_NOARGS,
     "ready_fd($self, /)\n--\n\n"
     "A descriptor for poll(): readable while there is a message, writable (not on the boost "
     "backend) while there is room."},
    {"fileno", fileno, METH_NOARGS, "fileno($self, /)\n--\n\nLike ready_fd(), for selectors."},
    {"close", close_handle<MessageQueue>, METH_NOARGS,
     "close($self, /)\n--\n\nClose the handle; waits in other threads end within 0.25 s."},
    {"unlink", unlink, METH_NOARGS, "unlink($self, /)\n--\n\nRemove the name."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", exit_by_closing<MessageQueue>, METH_VARARGS, "Close."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> members = handle_members<MessageQueue>(
    "MessageQueue.is_linked",
    {{"block", get_block, set_block, "Whether calls wait.", nullptr},
     property<MessageQueue, &MessageQueue::max_messages>("MessageQueue.max_messages",
                                                         "How many messages the queue holds."),
     property<MessageQueue, &MessageQueue::max_message_size>("MessageQueue.max_message_size",
                                                             "The most bytes of a message."),
     property<MessageQueue, &MessageQueue::current_messages>("MessageQueue.current_messages",
                                                             "How many messages wait now."),
     {"backend", get_backend, nullptr, "'robust', 'posix' or 'boost'.", nullptr},
     {"mqd", get_mqd, nullptr,
      "A descriptor for poll(); on the posix backend, the kernel's of the queue.", nullptr},
     property<MessageQueue, &MessageQueue::is_shut_down>("MessageQueue.is_shut_down",
                                                         "Whether shutdown() was called.")});

std::vector<PyType_Slot> slots = slots_of<Body>(
    "MessageQueue(name, flags=0, mode=0o600, max_messages=10, max_message_size=8192, "
    "read=True, write=True, *, backend='robust', lifetime='persistent', max_attempts=0, "
    "dead_letter='', sparse=False, any_owner=False, while_linked=False, spin=60, "
    "max_handles=512, owner=None, group=None)\n--\n\n"
    "A queue of messages. Any number of processes may send and receive.",
    open_message_queue, methods, members.data(),
    {{Py_tp_iter, slot(PyObject_SelfIter)}, {Py_tp_iternext, slot(next)}});

} // namespace

PyType_Spec message_queue_spec{"crex._MessageQueue", sizeof(Object<Body>), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python
