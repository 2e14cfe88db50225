// SPDX-License-Identifier: BSL-1.0
#include "message_queue/impl.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/at_once.hpp"

// The calls on an open message queue.

namespace crex {

namespace {

// An empty span may have a null pointer, which memcpy(3) and mq_send(3) do not accept.
std::span<const std::byte> not_null(std::span<const std::byte> body) {
    static constexpr std::byte nothing{};
    return body.empty() ? std::span{&nothing, 0} : body;
}

} // namespace

detail::Queue& detail::queue_of(const MessageQueue& queue) {
    return *queue.use("MessageQueue").impl.queue;
}

void MessageQueue::Impl::check_writes(const Call& call) const {
    if (!write) [[unlikely]] {
        detail::throw_errno(call, EACCES, "the handle was opened with write = false");
    }
}

void MessageQueue::Impl::check_reads(const Call& call) const {
    if (!read) [[unlikely]] {
        detail::throw_errno(call, EACCES, "the handle was opened with read = false");
    }
}

void MessageQueue::Impl::throw_bad_message(const Call& call, std::size_t size,
                                           unsigned priority) const {
    detail::throw_invalid(call, size > max_message_size
                                    ? "the message has " + std::to_string(size) +
                                          " bytes; the queue takes " +
                                          std::to_string(max_message_size)
                                    : "priority " + std::to_string(priority) + " is above " +
                                          std::to_string(queue_priority_max));
}

inline void MessageQueue::Impl::check_room(const Call& call, std::size_t size) const {
    if (size < max_message_size) [[unlikely]] {
        throw_no_room(call, size);
    }
}

void MessageQueue::Impl::throw_no_room(const Call& call, std::size_t size) const {
    detail::throw_invalid(call, "the buffer has " + std::to_string(size) +
                                    " bytes; a message may have " +
                                    std::to_string(max_message_size));
}

detail::QueueExtras& MessageQueue::Impl::extras(const Call& call) const {
    detail::QueueExtras* const extras = queue->extras();
    if (extras == nullptr) {
        detail::throw_errno(call, ENOTSUP,
                            "a " + std::string{to_string(backend)} +
                                " queue cannot do that; one on the robust backend can");
    }
    return *extras;
}

inline bool MessageQueue::Impl::send_at_once(std::span<const std::byte> body, unsigned priority) {
    return queue && write && body.size() <= max_message_size && priority <= queue_priority_max &&
           queue->send_at_once(not_null(body), priority);
}

inline bool MessageQueue::Impl::receive_at_once(std::span<std::byte> buffer,
                                                ReceivedMessage& received) {
    return queue && read && buffer.size() >= max_message_size &&
           queue->receive_at_once(buffer, received);
}

inline bool MessageQueue::Impl::send(const Call& call, std::span<const std::byte> body,
                                     Timeout timeout, unsigned priority) {
    check_writes(call);
    check_message(call, body.size(), priority);
    return queue->send(call, not_null(body), priority, deadline(timeout));
}

// Sends in pieces, so that nothing has to be allocated.
std::size_t MessageQueue::Impl::send_many(const Call& call,
                                          std::span<const std::span<const std::byte>> bodies,
                                          Timeout timeout, unsigned priority) {
    constexpr std::size_t piece = 64;
    check_writes(call);
    for (const auto body : bodies) {
        check_message(call, body.size(), priority);
    }
    const detail::Deadline its_deadline = deadline(timeout);
    if (queue->sends_all_at_once()) {
        return queue->send_many(call, bodies, priority, its_deadline);
    }
    std::size_t sent = 0;
    while (sent < bodies.size()) {
        const auto next = bodies.subspan(sent, std::min(piece, bodies.size() - sent));
        std::array<std::span<const std::byte>, piece> safe;
        std::transform(next.begin(), next.end(), safe.begin(), not_null);
        std::size_t more = 0;
        try {
            more = queue->send_many(call, {safe.data(), next.size()}, priority, its_deadline);
        } catch (...) {
            if (sent == 0) {
                throw;
            }
        }
        sent += more;
        if (more < next.size()) {
            break;
        }
    }
    return sent;
}

inline std::optional<ReceivedMessage>
MessageQueue::Impl::receive(const Call& call, std::span<std::byte> buffer, Timeout timeout) {
    check_reads(call);
    check_room(call, buffer.size());
    return queue->receive(call, buffer, deadline(timeout));
}

std::optional<Message> MessageQueue::Impl::receive(const Call& call, Timeout timeout) {
    const std::size_t room = max_message_size;
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(room);
    Message message;
    message.body.reserve(room); // first: nothing may fail once the message is taken
    std::optional<ReceivedMessage> received{std::in_place};
    if (!receive_at_once({buffer.get(), room}, *received)) {
        received = receive(call, {buffer.get(), room}, timeout);
    }
    if (!received) {
        return std::nullopt;
    }
    message.body.assign(reinterpret_cast<const char*>(buffer.get()), received->size);
    message.priority = received->priority;
    return message;
}

std::size_t MessageQueue::Impl::receive_many(const Call& call, std::span<std::byte> buffer,
                                             std::span<ReceivedMessage> received, Timeout timeout) {
    check_reads(call);
    check_room(call, buffer.size());
    return queue->receive_many(call, buffer, received, deadline(timeout));
}

bool detail::AtOnce::send(MessageQueue& queue, std::span<const std::byte> body,
                          unsigned priority) noexcept {
    return queue.impl_->send_at_once(body, priority);
}

bool detail::AtOnce::receive(MessageQueue& queue, std::span<std::byte> buffer,
                             ReceivedMessage& received) noexcept {
    return queue.impl_->receive_at_once(buffer, received);
}

namespace {

// For what follows an attempt to send or receive at once: out of line, it costs the usual case no
// registers.
template <class Body> [[gnu::noinline]] auto otherwise(const Body& body) { return body(); }

} // namespace

void MessageQueue::send(std::span<const std::byte> body, Timeout timeout, unsigned priority) {
    if (impl_ && impl_->send_at_once(body, priority)) [[likely]] {
        return;
    }
    otherwise([&] {
        const auto [impl, call] = use("MessageQueue::send");
        if (!impl.send(call, body, timeout, priority)) {
            detail::throw_timed_out(call, timeout, "no room in time");
        }
    });
}

void MessageQueue::send(std::string_view body, Timeout timeout, unsigned priority) {
    send(std::as_bytes(std::span{body}), timeout, priority);
}

bool MessageQueue::try_send_for(Timeout timeout, std::span<const std::byte> body,
                                unsigned priority) {
    if (impl_ && impl_->send_at_once(body, priority)) [[likely]] {
        return true;
    }
    return otherwise([&] {
        const auto [impl, call] = use("MessageQueue::try_send");
        return impl.send(call, body, timeout, priority);
    });
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
    const auto [impl, call] = use("MessageQueue::receive");
    auto message = impl.receive(call, timeout);
    if (!message) {
        detail::throw_timed_out(call, timeout, "no message in time");
    }
    return *std::move(message);
}

std::optional<Message> MessageQueue::try_receive_for(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_receive");
    return impl.receive(call, timeout);
}

std::optional<Message> MessageQueue::try_receive() { return try_receive_for(do_not_wait); }

ReceivedMessage MessageQueue::receive_into(std::span<std::byte> buffer, Timeout timeout) {
    ReceivedMessage at_once;
    if (impl_ && impl_->receive_at_once(buffer, at_once)) [[likely]] {
        return at_once;
    }
    return otherwise([&] {
        const auto [impl, call] = use("MessageQueue::receive_into");
        const auto received = impl.receive(call, buffer, timeout);
        if (!received) {
            detail::throw_timed_out(call, timeout, "no message in time");
        }
        return *received;
    });
}

std::optional<ReceivedMessage> MessageQueue::try_receive_into(std::span<std::byte> buffer,
                                                              Timeout timeout) {
    ReceivedMessage at_once;
    if (impl_ && impl_->receive_at_once(buffer, at_once)) [[likely]] {
        return at_once;
    }
    return otherwise([&] {
        const auto [impl, call] = use("MessageQueue::try_receive_into");
        return impl.receive(call, buffer, timeout);
    });
}

std::size_t MessageQueue::send_many(std::span<const std::span<const std::byte>> bodies,
                                    Timeout timeout, unsigned priority) {
    const auto [impl, call] = use("MessageQueue::send_many");
    return impl.send_many(call, bodies, timeout, priority);
}

std::size_t MessageQueue::send_many(std::span<const std::string_view> bodies, Timeout timeout,
                                    unsigned priority) {
    std::vector<std::span<const std::byte>> spans;
    spans.reserve(bodies.size());
    for (const auto body : bodies) {
        spans.push_back(std::as_bytes(std::span{body}));
    }
    return send_many(spans, timeout, priority);
}

namespace {

// Adds messages with room for the largest one, so that nothing can fail once they are taken.
void add_room(std::vector<Message>& messages, std::size_t count, std::size_t size) {
    messages.resize(messages.size() + count);
    for (auto each = messages.end() - static_cast<std::ptrdiff_t>(count); each != messages.end();
         ++each) {
        each->body.reserve(size);
    }
}

} // namespace

std::vector<Message> MessageQueue::receive_many(std::size_t at_most, Timeout timeout) {
    constexpr std::size_t piece_max = 64;
    constexpr std::size_t bytes_max = 64 << 10;
    const auto [impl, call] = use("MessageQueue::receive_many");
    const std::size_t size = impl.max_message_size;
    const std::size_t piece = std::clamp<std::size_t>(bytes_max / size, 1, piece_max);
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(piece * size);
    std::array<ReceivedMessage, piece_max> received;
    std::vector<Message> messages;
    std::size_t got = 0;
    while (got < at_most) {
        const std::size_t wanted = std::min(piece, at_most - got);
        add_room(messages, wanted, size);
        std::size_t more = 0;
        try {
            more = impl.receive_many(call, {buffer.get(), piece * size}, {received.data(), wanted},
                                     got == 0 ? timeout : do_not_wait);
        } catch (...) {
            if (got == 0) {
                throw;
            }
        }
        const auto* bytes = reinterpret_cast<const char*>(buffer.get());
        for (std::size_t i = 0; i < more; ++i, ++got) {
            messages[got].body.assign(bytes, received[i].size);
            messages[got].priority = received[i].priority;
            bytes += received[i].size;
        }
        messages.resize(got);
        if (more < wanted) {
            break;
        }
    }
    return messages;
}

std::size_t MessageQueue::receive_many_into(std::span<std::byte> buffer,
                                            std::span<ReceivedMessage> received, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::receive_many_into");
    return impl.receive_many(call, buffer, received, timeout);
}

std::optional<Message> MessageQueue::peek() const {
    const auto [impl, call] = use("MessageQueue::peek");
    impl.check_reads(call);
    return impl.extras(call).peek(call);
}

MessageQueueStats MessageQueue::stats() const {
    const auto [impl, call] = use("MessageQueue::stats");
    return impl.extras(call).stats();
}

void MessageQueue::shutdown() {
    const auto [impl, call] = use("MessageQueue::shutdown");
    impl.extras(call).shut_down(call);
}

bool MessageQueue::is_shut_down() const {
    const auto [impl, call] = use("MessageQueue::is_shut_down");
    return impl.extras(call).is_shut_down();
}

void MessageQueue::repair() {
    const auto [impl, call] = use("MessageQueue::repair");
    impl.extras(call).repair(call);
}

bool MessageQueue::block() const { return use("MessageQueue::block").impl.block; }

void MessageQueue::block(bool whether) { use("MessageQueue::block").impl.block = whether; }

std::size_t MessageQueue::max_messages() const {
    return use("MessageQueue::max_messages").impl.queue->max_messages();
}

std::size_t MessageQueue::max_message_size() const {
    return use("MessageQueue::max_message_size").impl.queue->max_message_size();
}

std::size_t MessageQueue::current_messages() const {
    return use("MessageQueue::current_messages").impl.queue->current_messages();
}

Backend MessageQueue::backend() const { return use("MessageQueue::backend").impl.backend; }

int MessageQueue::mqd() const noexcept {
    return impl_ && impl_->queue ? impl_->queue->descriptor() : -1;
}

int MessageQueue::ready_fd() const {
    const auto [impl, call] = use("MessageQueue::ready_fd");
    return impl.queue->ready_fd(call);
}

ObjectId MessageQueue::id() const { return use("MessageQueue::id").impl.queue->id(); }

bool MessageQueue::is_linked() const {
    const auto [impl, call] = use("MessageQueue::is_linked");
    return impl.queue->is_linked(impl.name);
}

const std::string& MessageQueue::name() const { return impl_ ? impl_->name : detail::no_name(); }

void MessageQueue::close() noexcept {
    if (impl_ && impl_->queue) {
        if (auto* const extras = impl_->queue->extras()) {
            extras->interrupt_waits();
        }
        impl_->queue->end_notification();
        impl_->queue.reset();
    }
}

void MessageQueue::unlink() {
    if (impl_ && impl_->at != nullptr) {
        unlink_message_queue(name(), *impl_->at);
    } else {
        unlink_message_queue(name(), impl_ ? impl_->backend : Backend::robust);
    }
}

} // namespace crex
