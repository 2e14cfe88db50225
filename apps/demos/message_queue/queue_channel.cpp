// SPDX-License-Identifier: BSL-1.0
#include "message_queue/queue_channel.hpp"

#include <chrono>

#include <crex/error.hpp>

#include "common/opening.hpp"
#include "common/server.hpp"
#include "common/waiting.hpp"

namespace demo {

using namespace std::chrono_literals;

namespace {

// A server has crex's own queues alone.
crex::Backend backend_of(const Parameters& parameters) {
    return parameters.at.empty() ? parameters.queue_backend : crex::Backend::remote;
}

crex::MessageQueue create_queue(const Parameters& parameters) {
    const crex::MessageQueueOptions options{.mode = parameters.permissions,
                                            .backend = backend_of(parameters),
                                            .at = server_of(parameters)};
    return create_or_explain({message_queue_of(parameters)}, parameters, [&] {
        return crex::MessageQueue{parameters.message_queue_name, crex::O_CREX, options};
    });
}

crex::MessageQueue open_queue(const Parameters& parameters) {
    const crex::MessageQueueOptions options{.backend = backend_of(parameters),
                                            .at = server_of(parameters)};
    return open_soon(
        "there is no " + message_queue_of(parameters).title +
            " to converse through; start mq_premise first",
        [&] { return crex::MessageQueue::try_open(parameters.message_queue_name, 0, options); });
}

// The users of a queue at a server may be on other machines.
std::optional<crex::ObjectId> id_if_here(const NamedObject& object) {
    return object.is_here ? id_of(object) : std::nullopt;
}

crex::MessageQueue queue_for(Role role, const Parameters& parameters) {
    return role == Role::premise ? create_queue(parameters) : open_queue(parameters);
}

} // namespace

QueueChannel::QueueChannel(Role role, const Parameters& parameters)
    : narrate_{role, parameters.quiet}, queue_{queue_for(role, parameters)},
      is_at_server_{!parameters.at.empty()},
      buffer_(queue_.max_message_size()), patience_{parameters.patience},
      watchdog_{role, id_if_here(message_queue_of(parameters)), patience_} {
    if (role == Role::premise) {
        creation_.emplace(message_queue_of(parameters));
    }
}

void QueueChannel::say(const std::string& text) {
    narrate_("sending ", text);
    send(text);
}

const std::string& QueueChannel::hear(const std::string& said) {
    narrate_("Waiting to receive");
    if (!hear_quickly(said)) {
        if (watchdog_.expects_a_stranger()) {
            narrate_.now("Waiting for Mrs Conclusion to be started");
        }
        watchdog_.await([&] { return receive(said, 100ms); });
    }
    narrate_("received ", heard_);
    watchdog_.heard();
    return heard_;
}

// The text that was said stays in the queue until the peer has taken it. Once only yielding is
// left, the peer may have taken it: on a single processor the next message there is probably the
// peer's.
bool QueueChannel::hear_quickly(const std::string& said) {
    QuickWait wait;
    bool taken = said.empty();
    do {
        taken = taken || wait.has_yielded() || queue_.current_messages() == 0;
        if (taken) {
            const Seen seen = receive(said, crex::do_not_wait);
            if (seen == Seen::answer) {
                return true;
            }
            taken = seen == Seen::nothing;
        }
    } while (wait.again());
    return false;
}

Seen QueueChannel::receive(const std::string& said, crex::Timeout timeout) {
    if (is_at_server_) {
        return lease(said, timeout);
    }
    const auto received = queue_.try_receive_into(buffer_, timeout);
    if (!received) {
        return Seen::nothing;
    }
    heard_.assign(reinterpret_cast<const char*>(buffer_.data()), received->size);
    if (heard_ != said) {
        return Seen::answer;
    }
    send(said);
    return Seen::own;
}

Seen QueueChannel::lease(const std::string& said, crex::Timeout timeout) {
    auto lease = try_lease(timeout);
    if (!lease) {
        return Seen::nothing;
    }
    const std::string text{reinterpret_cast<const char*>(lease->bytes().data()),
                           lease->bytes().size()};
    if (text == said) {
        lease.reset(); // back to the queue
        return Seen::own;
    }
    try {
        lease->ack();
    } catch (const crex::LeaseLostError&) { // with the connection: the text comes again
        return Seen::nothing;
    }
    if (text == heard_) {
        ++repeated_;
        return Seen::nothing;
    }
    heard_ = text;
    return Seen::answer;
}

// While there is no connection, the watchdog's patience decides.
std::optional<crex::Lease> QueueChannel::try_lease(crex::Timeout timeout) {
    try {
        return queue_.try_lease(timeout);
    } catch (const crex::ConnectionError&) {
        return std::nullopt;
    }
}

// There is room, unless another program uses the queue, too.
void QueueChannel::send(const std::string& text) { queue_.send(text, patience_); }

void QueueChannel::finish() {
    narrate_("Removing ", creation_->title());
    queue_.close();
    creation_->remove();
}

} // namespace demo
