// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <crex/message_queue.hpp>

#include "common/opening.hpp"

namespace demo {

// The queue that a demo creates, and that it removes at its end.
class OwnQueue {
public:
    explicit OwnQueue(const Parameters& parameters)
        : object_{message_queue_of(parameters)}, queue_{created(object_, parameters)},
          creation_{object_} {}

    [[nodiscard]] crex::MessageQueue& operator*() { return queue_; }
    [[nodiscard]] crex::MessageQueue* operator->() { return &queue_; }
    [[nodiscard]] const std::string& title() const { return object_.title; }

private:
    static crex::MessageQueue created(const NamedObject& object, const Parameters& parameters) {
        const crex::MessageQueueOptions options{.mode = parameters.permissions,
                                                .backend = parameters.queue_backend};
        return create_or_explain({object}, parameters, [&] {
            return crex::MessageQueue{parameters.message_queue_name, crex::O_CREX, options};
        });
    }

    NamedObject object_;
    crex::MessageQueue queue_;
    Creation creation_;
};

} // namespace demo
