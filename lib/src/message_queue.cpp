// SPDX-License-Identifier: BSL-1.0
#include <crex/message_queue.hpp>

#include <atomic>
#include <cerrno>
#include <utility>

#include <crex/error.hpp>

#include "arguments.hpp"
#include "errors.hpp"
#include "platform/deadline.hpp"
#include "queue/backend.hpp"

namespace crex {

using detail::Call;

struct MessageQueue::Impl {
    Impl(std::string its_name, const MessageQueueOptions& options,
         std::unique_ptr<detail::Queue> its_queue)
        : name{std::move(its_name)}, backend{options.backend}, read{options.read},
          write{options.write}, queue{std::move(its_queue)} {}

    static std::unique_ptr<Impl> perform(detail::Opening& opening,
                                         const MessageQueueOptions& options);

    [[nodiscard]] detail::Deadline deadline(Timeout timeout) const {
        return detail::Deadline{block ? timeout : do_not_wait};
    }

    bool send(const Call& call, std::span<const std::byte> body, Timeout timeout,
              unsigned priority);
    std::optional<ReceivedInto> receive(const Call& call, std::span<std::byte> buffer,
                                        Timeout timeout);
    std::optional<Message> receive(const Call& call, Timeout timeout);

    std::string name;
    Backend backend;
    bool read;
    bool write;
    std::atomic<bool> block{true};
    std::unique_ptr<detail::Queue> queue; // null once closed
};

namespace detail {

const QueueBackend& backend_of(Backend backend) {
    switch (backend) {
    case Backend::boost:
        return boost_backend;
    case Backend::posix:
        return posix_backend;
    }
    throw_invalid({"MessageQueue", ""}, "there is no such backend");
}

} // namespace detail

namespace {

constexpr std::size_t largest_queue = std::size_t{1} << 40;

void check_sizes(const Call& call, const MessageQueueOptions& options) {
    if (options.max_messages == 0 || options.max_message_size == 0) {
        detail::throw_invalid(call, "max_messages and max_message_size must be at least 1");
    }
    if (options.max_messages > largest_queue / options.max_message_size) {
        detail::throw_invalid(call, std::to_string(options.max_messages) + " messages of " +
                                        std::to_string(options.max_message_size) +
                                        " bytes are more than a queue may have, 1 TiB");
    }
    if (!options.read && !options.write) {
        detail::throw_invalid(call, "a handle that neither reads nor writes has no use");
    }
}

detail::Opening checked(Name name, int flags, const MessageQueueOptions& options) {
    detail::Opening opening{"MessageQueue",         name,  flags, options.mode,
                            message_queue_name_max, O_CREX};
    check_sizes(opening.call(), options);
    return opening;
}

// When a queue is missing, the likeliest reason is that it was made on another backend.
std::string found_elsewhere(const std::string& name, Backend missing_on) {
    for (const Backend other : {Backend::boost, Backend::posix}) {
        try {
            if (other != missing_on && inspect_message_queue(name, other)) {
                return "; there is one on the " + std::string{to_string(other)} + " backend" +
                       (other == Backend::boost ? ", or shared memory of that name" : "");
            }
        } catch (const Error&) { // it may not be looked at: then there is nothing to add
        }
    }
    return {};
}

} // namespace

std::string_view to_string(Backend backend) noexcept {
    switch (backend) {
    case Backend::boost:
        return detail::boost_backend.name;
    case Backend::posix:
        return detail::posix_backend.name;
    }
    return "unknown";
}

std::unique_ptr<MessageQueue::Impl>
MessageQueue::Impl::perform(detail::Opening& opening, const MessageQueueOptions& options) {
    const auto& backend = detail::backend_of(options.backend);
    auto queue = opening.perform([&] { return backend.open(opening.call(), options); },
                                 [&] { return backend.create(opening.call(), options); });
    return queue ? std::make_unique<Impl>(opening.name(), options, std::move(queue)) : nullptr;
}

MessageQueue::MessageQueue(Name name, int flags, const MessageQueueOptions& options) {
    auto opening = checked(name, flags, options);
    impl_ = Impl::perform(opening, options);
    if (!impl_) {
        const bool missing = (flags & o_creat) == 0;
        opening.throw_existential(missing ? found_elsewhere(opening.name(), options.backend) : "");
    }
}

std::optional<MessageQueue> MessageQueue::try_open(Name name, int flags,
                                                   const MessageQueueOptions& options) {
    auto opening = checked(name, flags, options);
    auto impl = Impl::perform(opening, options);
    return impl ? std::optional{MessageQueue{std::move(impl)}} : std::nullopt;
}

MessageQueue::MessageQueue(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
MessageQueue::MessageQueue(MessageQueue&&) noexcept = default;
MessageQueue& MessageQueue::operator=(MessageQueue&&) noexcept = default;
MessageQueue::~MessageQueue() = default;

MessageQueue::Impl& MessageQueue::opened(const char* function) const {
    if (!impl_ || !impl_->queue) [[unlikely]] {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return *impl_;
}

bool MessageQueue::Impl::send(const Call& call, std::span<const std::byte> body, Timeout timeout,
                              unsigned priority) {
    if (!write) {
        detail::throw_errno(call, EACCES, "the handle was opened with write = false");
    }
    if (body.size() > queue->max_message_size()) {
        detail::throw_invalid(call, "the message has " + std::to_string(body.size()) +
                                        " bytes; the queue takes " +
                                        std::to_string(queue->max_message_size()));
    }
    if (priority > queue_priority_max) {
        detail::throw_invalid(call, "priority " + std::to_string(priority) + " is above " +
                                        std::to_string(queue_priority_max));
    }
    // The pointer of an empty span may be null, which memcpy(3) and mq_send(3) must not see.
    constexpr std::byte nothing{};
    return queue->send(call, body.empty() ? std::span{&nothing, 0} : body, priority,
                       deadline(timeout));
}

std::optional<ReceivedInto>
MessageQueue::Impl::receive(const Call& call, std::span<std::byte> buffer, Timeout timeout) {
    if (!read) {
        detail::throw_errno(call, EACCES, "the handle was opened with read = false");
    }
    if (buffer.size() < queue->max_message_size()) {
        detail::throw_invalid(call, "the buffer has " + std::to_string(buffer.size()) +
                                        " bytes; a message may have " +
                                        std::to_string(queue->max_message_size()));
    }
    return queue->receive(call, buffer, deadline(timeout));
}

std::optional<Message> MessageQueue::Impl::receive(const Call& call, Timeout timeout) {
    const std::size_t room = queue->max_message_size();
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(room);
    Message message;
    message.body.reserve(room); // now, since once the message is taken nothing may fail
    const auto received = receive(call, {buffer.get(), room}, timeout);
    if (!received) {
        return std::nullopt;
    }
    message.body.assign(reinterpret_cast<const char*>(buffer.get()), received->size);
    message.priority = received->priority;
    return message;
}

void MessageQueue::send(std::span<const std::byte> body, Timeout timeout, unsigned priority) {
    const Call call{"MessageQueue::send", name()};
    if (!opened(call.function).send(call, body, timeout, priority)) {
        detail::throw_errno(call, ETIMEDOUT, "no room in time");
    }
}

void MessageQueue::send(std::string_view body, Timeout timeout, unsigned priority) {
    send(std::as_bytes(std::span{body}), timeout, priority);
}

bool MessageQueue::try_send_for(Timeout timeout, std::span<const std::byte> body,
                                unsigned priority) {
    const Call call{"MessageQueue::try_send", name()};
    return opened(call.function).send(call, body, timeout, priority);
}

bool MessageQueue::try_send_for(Timeout timeout, std::string_view body, unsigned priority) {
    return try_send_for(timeout, std::as_bytes(std::span{body}), priority);
}

bool MessageQueue::try_send(std::span<const std::byte> body, unsigned priority) {
    return try_send_for(do_not_wait, body, priority);
}

bool MessageQueue::try_send(std::string_view body, unsigned priority) {
    return try_send_for(do_not_wait, body, priority);
}

Message MessageQueue::receive(Timeout timeout) {
    const Call call{"MessageQueue::receive", name()};
    auto message = opened(call.function).receive(call, timeout);
    if (!message) {
        detail::throw_errno(call, ETIMEDOUT, "no message in time");
    }
    return *std::move(message);
}

std::optional<Message> MessageQueue::try_receive_for(Timeout timeout) {
    const Call call{"MessageQueue::try_receive", name()};
    return opened(call.function).receive(call, timeout);
}

std::optional<Message> MessageQueue::try_receive() { return try_receive_for(do_not_wait); }

ReceivedInto MessageQueue::receive_into(std::span<std::byte> buffer, Timeout timeout) {
    const Call call{"MessageQueue::receive_into", name()};
    const auto received = opened(call.function).receive(call, buffer, timeout);
    if (!received) {
        detail::throw_errno(call, ETIMEDOUT, "no message in time");
    }
    return *received;
}

std::optional<ReceivedInto> MessageQueue::try_receive_into(std::span<std::byte> buffer,
                                                           Timeout timeout) {
    const Call call{"MessageQueue::try_receive_into", name()};
    return opened(call.function).receive(call, buffer, timeout);
}

bool MessageQueue::block() const { return opened("MessageQueue::block").block; }

void MessageQueue::block(bool whether) { opened("MessageQueue::block").block = whether; }

std::size_t MessageQueue::max_messages() const {
    return opened("MessageQueue::max_messages").queue->max_messages();
}

std::size_t MessageQueue::max_message_size() const {
    return opened("MessageQueue::max_message_size").queue->max_message_size();
}

std::size_t MessageQueue::current_messages() const {
    return opened("MessageQueue::current_messages").queue->current_messages();
}

Backend MessageQueue::backend() const { return opened("MessageQueue::backend").backend; }

int MessageQueue::mqd() const noexcept {
    return impl_ && impl_->queue ? impl_->queue->descriptor() : -1;
}

const std::string& MessageQueue::name() const { return impl_ ? impl_->name : detail::no_name(); }

void MessageQueue::close() noexcept {
    if (impl_) {
        impl_->queue.reset();
    }
}

void MessageQueue::unlink() {
    unlink_message_queue(name(), impl_ ? impl_->backend : Backend::boost);
}

void unlink_message_queue(std::string_view name, Backend backend) {
    const Call call{"unlink_message_queue", name};
    detail::check_name(call, message_queue_name_max);
    detail::backend_of(backend).unlink(call);
}

} // namespace crex
