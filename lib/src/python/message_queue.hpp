// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/message_queue.hpp>

#include "python/handle.hpp"

namespace crex::python {

// A call of a queue that may wait: attempt(queue, timeout). On a queue whose `block` is false, it
// does not.
template <class Attempt>
Wait wait_for_queue(PyObject* self, const Call& call, Limit limit, Attempt attempt) {
    const auto queue = opened<MessageQueue>(self, call.function);
    if (!queue) {
        return Wait::failed;
    }
    if (!queue->block()) {
        limit.timeout = do_not_wait;
    }
    return wait<MessageQueue>(self, call, limit,
                              [&](Timeout timeout) { return attempt(*queue, timeout); });
}

// The name as in errors, and the limit of a call whose timeout is `timeout`.
inline Call queue_call(PyObject* self, const char* function) {
    return {function, body_of<Handle<MessageQueue>>(self).name};
}
inline bool parse_queue_timeout(PyObject* self, PyObject* timeout, Limit& limit) {
    return parse_timeout(body_of<Handle<MessageQueue>>(self).like_posix_ipc, timeout, limit);
}

// Returns false with a Python error set.
bool parse_backend(const char* text, Backend& backend);

// Methods, each in the source file of its subject.
int open_message_queue(PyObject* self, PyObject* args, PyObject* kwargs);
PyObject* loan_message(PyObject* self, PyObject* args, PyObject* kwargs);
PyObject* lease_message(PyObject* self, PyObject* args, PyObject* kwargs);
PyObject* send_many_messages(PyObject* self, PyObject* args, PyObject* kwargs);
PyObject* receive_many_messages(PyObject* self, PyObject* args, PyObject* kwargs);
PyObject* request_notification(PyObject* self, PyObject* args, PyObject* kwargs);

} // namespace crex::python
