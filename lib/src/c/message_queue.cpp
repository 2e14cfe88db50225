// SPDX-License-Identifier: BSL-1.0
#include "c/message_queue.hpp"

#include <cstring>
#include <functional>
#include <string>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "common/at_once.hpp"

using namespace crex::c;
using crex::detail::AtOnce;

namespace {

crex::Backend backend_from(int backend) {
    switch (backend) {
    case CREX_BACKEND_ROBUST:
        return crex::Backend::robust;
    case CREX_BACKEND_POSIX:
        return crex::Backend::posix;
    case CREX_BACKEND_BOOST:
        return crex::Backend::boost;
    default:
        throw_invalid("the backend is none of CREX_BACKEND_...");
    }
}

int in_c(crex::Backend backend) {
    switch (backend) {
    case crex::Backend::posix:
        return CREX_BACKEND_POSIX;
    case crex::Backend::boost:
        return CREX_BACKEND_BOOST;
    default:
        return CREX_BACKEND_ROBUST;
    }
}

crex::Lifetime lifetime_from(int lifetime) {
    switch (lifetime) {
    case CREX_LIFETIME_PERSISTENT:
        return crex::Lifetime::persistent;
    case CREX_LIFETIME_UNTIL_UNUSED:
        return crex::Lifetime::until_unused;
    default:
        throw_invalid("options->lifetime is none of CREX_LIFETIME_...");
    }
}

crex::MessageQueueOptions in_cpp(const crex_message_queue_options* given) {
    const auto options = options_from(given, CREX_MESSAGE_QUEUE_OPTIONS_INIT);
    return {.mode = options.mode,
            .max_messages = options.max_messages,
            .max_message_size = options.max_message_size,
            .read = options.read != 0,
            .write = options.write != 0,
            .backend = backend_from(options.backend),
            .lifetime = lifetime_from(options.lifetime),
            .max_attempts = options.max_attempts,
            .dead_letter = options.dead_letter != nullptr ? options.dead_letter : "",
            .sparse = options.sparse != 0,
            .any_owner = options.any_owner != 0,
            .while_linked = options.while_linked != 0,
            .spin = options.spin,
            .max_handles = options.max_handles,
            .owner = id_from(options.owner),
            .group = id_from(options.group)};
}

crex::SecondRequest second(bool replace) {
    return replace ? crex::SecondRequest::replaces : crex::SecondRequest::is_busy;
}

CREX_C_REST int send_slowly(crex_message_queue* queue, const void* body, size_t size,
                            unsigned priority, int64_t timeout) {
    return waited("crex_message_queue_send", queue, "no room in time",
                  [&](crex::MessageQueue& object) {
                      return object.try_send_for(timeout_from(timeout),
                                                 bytes_at(body, size, "body"), priority);
                  });
}

CREX_C_REST int receive_slowly(crex_message_queue* queue, void* buffer, size_t room, size_t* size,
                               unsigned* priority, int64_t timeout) {
    return waited(
        "crex_message_queue_receive", queue, "no message in time", [&](crex::MessageQueue& object) {
            std::size_t& its_size = at(size, "size");
            const auto received =
                object.try_receive_into(bytes_at(buffer, room, "buffer"), timeout_from(timeout));
            if (!received) {
                return false;
            }
            its_size = received->size;
            if (priority != nullptr) {
                *priority = received->priority;
            }
            return true;
        });
}

} // namespace

int crex_message_queue_open(crex_message_queue** queue, const char* name, int flags,
                            const crex_message_queue_options* options) {
    return called(__func__, [&] {
        auto& result = at(queue, "queue");
        const Place place{name, flags};
        result =
            new crex_message_queue{crex::MessageQueue{place.name, place.flags, in_cpp(options)}};
    });
}

CREX_C_FAST int crex_message_queue_send(crex_message_queue* queue, const void* body, size_t size,
                                        unsigned priority, int64_t timeout) {
    const bool is_done =
        queue != nullptr && body != nullptr && is_timeout(timeout) &&
        AtOnce::send(queue->object, {static_cast<const std::byte*>(body), size}, priority);
    return is_done ? 0 : send_slowly(queue, body, size, priority, timeout);
}

CREX_C_FAST int crex_message_queue_receive(crex_message_queue* queue, void* buffer, size_t room,
                                           size_t* size, unsigned* priority, int64_t timeout) {
    crex::ReceivedMessage received;
    if (queue == nullptr || buffer == nullptr || size == nullptr || !is_timeout(timeout) ||
        !AtOnce::receive(queue->object, {static_cast<std::byte*>(buffer), room}, received)) {
        return receive_slowly(queue, buffer, room, size, priority, timeout);
    }
    *size = received.size;
    if (priority != nullptr) {
        *priority = received.priority;
    }
    return 0;
}

int crex_message_queue_peek(const crex_message_queue* queue, void* buffer, size_t room,
                            size_t* size, unsigned* priority) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        std::size_t& its_size = at(size, "size");
        const auto bytes = bytes_at(buffer, room, "buffer");
        const std::size_t longest = object.max_message_size();
        if (bytes.size() < longest) {
            throw_invalid(("the buffer has " + std::to_string(bytes.size()) +
                           " bytes; a message may have " + std::to_string(longest))
                              .c_str());
        }
        const auto message = object.peek();
        if (!message) {
            throw_nothing_there(object.name().c_str(), "the queue is empty");
        }
        std::memcpy(bytes.data(), message->body.data(), message->body.size());
        its_size = message->body.size();
        if (priority != nullptr) {
            *priority = message->priority;
        }
    });
}

int crex_message_queue_get_stats(const crex_message_queue* queue, crex_message_queue_stats* stats) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        crex_message_queue_stats& result = at(stats, "stats");
        check_struct(result.size, first_size<crex_message_queue_stats>);
        const crex::MessageQueueStats now = object.stats();
        result.quarantined = now.quarantined;
        result.participants = now.participants;
        result.reserved = 0;
        result.sent = now.sent;
        result.received = now.received;
        result.redelivered = now.redelivered;
        result.dead_lettered = now.dead_lettered;
        result.recoveries = now.recoveries;
    });
}

int crex_message_queue_shutdown(crex_message_queue* queue) {
    return called(__func__, queue, [](crex::MessageQueue& object) { object.shutdown(); });
}

int crex_message_queue_is_shut_down(const crex_message_queue* queue, bool* is_shut_down) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(is_shut_down, "is_shut_down") = object.is_shut_down();
    });
}

int crex_message_queue_repair(crex_message_queue* queue) {
    return called(__func__, queue, [](crex::MessageQueue& object) { object.repair(); });
}

int crex_message_queue_block(const crex_message_queue* queue, bool* block) {
    return called(__func__, queue,
                  [&](const crex::MessageQueue& object) { at(block, "block") = object.block(); });
}

int crex_message_queue_set_block(crex_message_queue* queue, bool block) {
    return called(__func__, queue, [&](crex::MessageQueue& object) { object.block(block); });
}

int crex_message_queue_max_messages(const crex_message_queue* queue, size_t* max) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(max, "max") = object.max_messages();
    });
}

int crex_message_queue_max_message_size(const crex_message_queue* queue, size_t* max) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(max, "max") = object.max_message_size();
    });
}

int crex_message_queue_current_messages(const crex_message_queue* queue, size_t* count) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(count, "count") = object.current_messages();
    });
}

int crex_message_queue_backend(const crex_message_queue* queue, int* backend) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(backend, "backend") = in_c(object.backend());
    });
}

int crex_message_queue_mqd(const crex_message_queue* queue, int* mqd) {
    return called(__func__, queue,
                  [&](const crex::MessageQueue& object) { at(mqd, "mqd") = object.mqd(); });
}

int crex_message_queue_ready_fd(const crex_message_queue* queue, int* fd) {
    return called(__func__, queue,
                  [&](const crex::MessageQueue& object) { at(fd, "fd") = object.ready_fd(); });
}

int crex_message_queue_notify_by_signal(crex_message_queue* queue, int number, void* value,
                                        bool replace) {
    return called(__func__, queue, [&](crex::MessageQueue& object) {
        object.request_notification(crex::Signal{.number = number, .value = value},
                                    second(replace));
    });
}

int crex_message_queue_notify_by_thread(crex_message_queue* queue, void (*function)(void* argument),
                                        void* argument, bool replace) {
    return called(__func__, queue, [&](crex::MessageQueue& object) {
        if (function == nullptr) {
            throw_null("function");
        }
        object.request_notification([function, argument] { function(argument); }, second(replace));
    });
}

int crex_message_queue_cancel_notification(crex_message_queue* queue) {
    return called(__func__, queue,
                  [](crex::MessageQueue& object) { object.request_notification(); });
}

int crex_message_queue_id(const crex_message_queue* queue, crex_object_id* id) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(id, "id") = crex::c::in_c(object.id());
    });
}

int crex_message_queue_is_linked(const crex_message_queue* queue, bool* is_linked) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(is_linked, "is_linked") = object.is_linked();
    });
}

int crex_message_queue_name(const crex_message_queue* queue, const char** name) {
    return called(__func__, queue, [&](const crex::MessageQueue& object) {
        at(name, "name") = object.name().c_str();
    });
}

int crex_message_queue_unlink(crex_message_queue* queue) {
    return called(__func__, queue, [](crex::MessageQueue& object) { object.unlink(); });
}

int crex_unlink_message_queue(const char* name, int backend) {
    return called(__func__,
                  [&] { crex::unlink_message_queue(name_from(name), backend_from(backend)); });
}

int crex_message_queue_close(crex_message_queue* queue) {
    return called(__func__, queue, [](crex::MessageQueue& object) { object.close(); });
}

void crex_message_queue_free(crex_message_queue* queue) { delete queue; }
