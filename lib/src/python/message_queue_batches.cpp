// SPDX-License-Identifier: BSL-1.0
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "python/message_queue.hpp"

namespace crex::python {
namespace {

// The buffers of a sequence of messages.
class Messages {
public:
    Messages() = default;
    ~Messages() {
        for (Py_buffer& each : buffers_) {
            PyBuffer_Release(&each);
        }
    }
    Messages(const Messages&) = delete;
    Messages& operator=(const Messages&) = delete;

    // Returns false with a Python error set.
    bool take(PyObject* iterable) {
        const Ref messages{PySequence_List(iterable)};
        const Py_ssize_t count = messages ? PyList_Size(messages.get()) : 0;
        buffers_.reserve(static_cast<std::size_t>(count));
        for (Py_ssize_t i = 0; i < count; ++i) {
            const Ref one{PyTuple_Pack(1, PyList_GetItem(messages.get(), i))};
            Py_buffer buffer{};
            if (!one || PyArg_ParseTuple(one.get(), "s*:send_many", &buffer) == 0) {
                return false;
            }
            buffers_.push_back(buffer);
            bytes_.emplace_back(static_cast<const std::byte*>(buffer.buf),
                                static_cast<std::size_t>(buffer.len));
        }
        return messages != nullptr;
    }

    [[nodiscard]] std::span<const std::span<const std::byte>> bytes() const { return bytes_; }

private:
    std::vector<Py_buffer> buffers_;
    std::vector<std::span<const std::byte>> bytes_;
};

PyObject* to_list(const std::vector<Message>& messages) {
    Ref list{PyList_New(0)};
    for (const Message& each : messages) {
        const Ref pair{Py_BuildValue("(y#I)", each.body.data(),
                                     static_cast<Py_ssize_t>(each.body.size()), each.priority)};
        if (!list || !pair || PyList_Append(list.get(), pair.get()) != 0) {
            return nullptr;
        }
    }
    return list.release();
}

} // namespace

PyObject* send_many_messages(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"messages", "timeout", "priority", nullptr};
    PyObject* iterable = nullptr;
    PyObject* timeout = Py_None;
    unsigned priority = 0;
    Messages messages;
    Limit limit;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO&:send_many", keywords(names), &iterable,
                                    &timeout, to_unsigned, &priority) == 0 ||
        !messages.take(iterable) || !parse_queue_timeout(self, timeout, limit)) {
        return nullptr;
    }
    auto left = messages.bytes();
    const auto send = [&](MessageQueue& queue, Timeout patience) {
        left = left.subspan(queue.send_many(left, patience, priority));
        return left.empty();
    };
    const Wait result =
        wait_for_queue(self, queue_call(self, "MessageQueue.send_many"), limit, send);
    const std::size_t sent = messages.bytes().size() - left.size();
    if (result == Wait::failed && sent == 0) {
        return nullptr;
    }
    PyErr_Clear(); // what was sent counts, as in send_many() of the library
    return number(sent);
}

PyObject* receive_many_messages(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"at_most", "timeout", nullptr};
    std::size_t at_most = 0;
    PyObject* timeout = Py_None;
    Limit limit;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O:receive_many", keywords(names), to_size,
                                    &at_most, &timeout) == 0 ||
        !parse_queue_timeout(self, timeout, limit)) {
        return nullptr;
    }
    std::vector<Message> messages;
    const auto receive = [&](MessageQueue& queue, Timeout patience) {
        messages = queue.receive_many(at_most, patience);
        return !messages.empty() || at_most == 0;
    };
    const Wait result =
        wait_for_queue(self, queue_call(self, "MessageQueue.receive_many"), limit, receive);
    return result == Wait::failed ? nullptr : to_list(messages);
}

} // namespace crex::python
