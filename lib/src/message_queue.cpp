// SPDX-License-Identifier: BSL-1.0
#include <crex/message_queue.hpp>

#include <algorithm>
#include <array>
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
         std::shared_ptr<detail::Queue> its_queue)
        : name{std::move(its_name)}, backend{options.backend}, read{options.read},
          write{options.write}, queue{std::move(its_queue)}, max_message_size{
                                                                 queue->max_message_size()} {}

    static std::unique_ptr<Impl> perform(detail::Opening& opening,
                                         const MessageQueueOptions& options);

    [[nodiscard]] detail::Deadline deadline(Timeout timeout) const {
        return detail::Deadline{block ? timeout : do_not_wait};
    }

    bool send(const Call& call, std::span<const std::byte> body, Timeout timeout,
              unsigned priority);
    std::size_t send_many(const Call& call, std::span<const std::span<const std::byte>> bodies,
                          Timeout timeout, unsigned priority);
    std::optional<ReceivedInto> receive(const Call& call, std::span<std::byte> buffer,
                                        Timeout timeout);
    std::optional<Message> receive(const Call& call, Timeout timeout);
    std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                             std::span<ReceivedInto> received, Timeout timeout);
    // Null when the timeout passed first.
    std::unique_ptr<detail::Held> loan(const Call& call, std::size_t size, Timeout timeout);
    std::unique_ptr<detail::Held> lease(const Call& call, Timeout timeout);

    void check_message(const Call& call, std::size_t size, unsigned priority) const;
    void check_writes(const Call& call) const;
    void check_reads(const Call& call) const;
    void check_room(const Call& call, std::size_t size) const;
    [[noreturn]] void throw_bad_message(const Call& call, std::size_t size,
                                        unsigned priority) const;
    [[noreturn]] void throw_no_room(const Call& call, std::size_t size) const;
    [[nodiscard]] detail::QueueExtras& extras(const Call& call) const;

    std::string name;
    Backend backend;
    bool read;
    bool write;
    std::atomic<bool> block{true};
    std::shared_ptr<detail::Queue> queue; // null once closed; loans and leases share it
    std::size_t max_message_size;
};

namespace detail {

const QueueBackend& backend_of(Backend backend) {
    switch (backend) {
    case Backend::boost:
        return boost_backend;
    case Backend::posix:
        return posix_backend;
    case Backend::robust:
        return robust_backend;
    }
    throw_invalid({"MessageQueue", ""}, "there is no such backend");
}

} // namespace detail

namespace {

constexpr std::size_t largest_queue = std::size_t{1} << 40;
constexpr unsigned attempts_max = 255;

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

bool has_default_extras(const MessageQueueOptions& options) {
    const MessageQueueOptions plain;
    return options.lifetime == plain.lifetime && options.max_attempts == plain.max_attempts &&
           options.dead_letter == plain.dead_letter && options.sparse == plain.sparse &&
           options.any_owner == plain.any_owner && options.spin == plain.spin;
}

void check_extras(const Call& call, const MessageQueueOptions& options) {
    const auto& backend = detail::backend_of(options.backend);
    if (!backend.has_extras && !has_default_extras(options)) {
        detail::throw_invalid(call, "lifetime, max_attempts, dead_letter, sparse, any_owner and "
                                    "spin are for the robust backend");
    }
    if (options.max_attempts > attempts_max) {
        detail::throw_invalid(call, "max_attempts is at most " + std::to_string(attempts_max));
    }
    if ((options.max_attempts == 0) != options.dead_letter.empty()) {
        detail::throw_invalid(call, "max_attempts and dead_letter go together");
    }
    if (!options.dead_letter.empty()) {
        detail::check_name({call.function, options.dead_letter}, backend.name_max);
        if (options.dead_letter == call.object) {
            detail::throw_invalid(call, "a queue cannot be its own dead-letter queue");
        }
    }
}

detail::Opening checked(Name name, int flags, const MessageQueueOptions& options) {
    detail::Opening opening{
        "MessageQueue", name, flags, options.mode, detail::backend_of(options.backend).name_max,
        O_CREX};
    check_sizes(opening.call(), options);
    check_extras(opening.call(), options);
    return opening;
}

// When a queue is missing, the likeliest reason is that it was made on another backend.
std::string found_elsewhere(const std::string& name, Backend missing_on) {
    for (const Backend other : {Backend::robust, Backend::boost, Backend::posix}) {
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
    case Backend::robust:
        return detail::robust_backend.name;
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

// A handle that is open, and the call being made on it.
struct MessageQueue::Use {
    Impl& impl;
    Call call;
};

inline MessageQueue::Use MessageQueue::use(const char* function) const {
    if (!impl_ || !impl_->queue) [[unlikely]] {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return {*impl_, {function, impl_->name}};
}

namespace {

// The pointer of an empty span may be null, which memcpy(3) and mq_send(3) must not see.
std::span<const std::byte> not_null(std::span<const std::byte> body) {
    static constexpr std::byte nothing{};
    return body.empty() ? std::span{&nothing, 0} : body;
}

} // namespace

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

inline void MessageQueue::Impl::check_message(const Call& call, std::size_t size,
                                              unsigned priority) const {
    if (size > max_message_size || priority > queue_priority_max) [[unlikely]] {
        throw_bad_message(call, size, priority);
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

inline bool MessageQueue::Impl::send(const Call& call, std::span<const std::byte> body,
                                     Timeout timeout, unsigned priority) {
    check_writes(call);
    check_message(call, body.size(), priority);
    return queue->send(call, not_null(body), priority, deadline(timeout));
}

// In pieces, so that nothing need be allocated.
std::size_t MessageQueue::Impl::send_many(const Call& call,
                                          std::span<const std::span<const std::byte>> bodies,
                                          Timeout timeout, unsigned priority) {
    constexpr std::size_t piece = 64;
    check_writes(call);
    for (const auto body : bodies) {
        check_message(call, body.size(), priority);
    }
    const detail::Deadline its_deadline = deadline(timeout);
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

inline std::optional<ReceivedInto>
MessageQueue::Impl::receive(const Call& call, std::span<std::byte> buffer, Timeout timeout) {
    check_reads(call);
    check_room(call, buffer.size());
    return queue->receive(call, buffer, deadline(timeout));
}

std::optional<Message> MessageQueue::Impl::receive(const Call& call, Timeout timeout) {
    const std::size_t room = max_message_size;
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

std::size_t MessageQueue::Impl::receive_many(const Call& call, std::span<std::byte> buffer,
                                             std::span<ReceivedInto> received, Timeout timeout) {
    check_reads(call);
    check_room(call, buffer.size());
    return queue->receive_many(call, buffer, received, deadline(timeout));
}

// The memory for it first: once a slot is ours, nothing may fail.

std::unique_ptr<detail::Held> MessageQueue::Impl::loan(const Call& call, std::size_t size,
                                                       Timeout timeout) {
    check_writes(call);
    check_message(call, size, 0);
    auto room = std::make_unique<detail::Held>();
    const auto held = extras(call).loan(call, size, deadline(timeout));
    return held ? (*room = *held, std::move(room)) : nullptr;
}

std::unique_ptr<detail::Held> MessageQueue::Impl::lease(const Call& call, Timeout timeout) {
    check_reads(call);
    auto room = std::make_unique<detail::Held>();
    const auto held = extras(call).lease(call, deadline(timeout));
    return held ? (*room = *held, std::move(room)) : nullptr;
}

void MessageQueue::send(std::span<const std::byte> body, Timeout timeout, unsigned priority) {
    const auto [impl, call] = use("MessageQueue::send");
    if (!impl.send(call, body, timeout, priority)) {
        detail::throw_errno(call, ETIMEDOUT, "no room in time");
    }
}

void MessageQueue::send(std::string_view body, Timeout timeout, unsigned priority) {
    send(std::as_bytes(std::span{body}), timeout, priority);
}

bool MessageQueue::try_send_for(Timeout timeout, std::span<const std::byte> body,
                                unsigned priority) {
    const auto [impl, call] = use("MessageQueue::try_send");
    return impl.send(call, body, timeout, priority);
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
        detail::throw_errno(call, ETIMEDOUT, "no message in time");
    }
    return *std::move(message);
}

std::optional<Message> MessageQueue::try_receive_for(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_receive");
    return impl.receive(call, timeout);
}

std::optional<Message> MessageQueue::try_receive() { return try_receive_for(do_not_wait); }

ReceivedInto MessageQueue::receive_into(std::span<std::byte> buffer, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::receive_into");
    const auto received = impl.receive(call, buffer, timeout);
    if (!received) {
        detail::throw_errno(call, ETIMEDOUT, "no message in time");
    }
    return *received;
}

std::optional<ReceivedInto> MessageQueue::try_receive_into(std::span<std::byte> buffer,
                                                           Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_receive_into");
    return impl.receive(call, buffer, timeout);
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

// Messages with room for the largest there is, so that nothing can fail once they are taken.
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
    std::array<ReceivedInto, piece_max> received;
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
                                            std::span<ReceivedInto> received, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::receive_many_into");
    return impl.receive_many(call, buffer, received, timeout);
}

Loan MessageQueue::loan(std::size_t size, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::loan");
    auto held = impl.loan(call, size, timeout);
    if (!held) {
        detail::throw_errno(call, ETIMEDOUT, "no room in time");
    }
    return Loan{impl.queue, std::move(held)};
}

std::optional<Loan> MessageQueue::try_loan(std::size_t size, Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_loan");
    auto held = impl.loan(call, size, timeout);
    return held ? std::optional{Loan{impl.queue, std::move(held)}} : std::nullopt;
}

Lease MessageQueue::lease(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::lease");
    auto held = impl.lease(call, timeout);
    if (!held) {
        detail::throw_errno(call, ETIMEDOUT, "no message in time");
    }
    return Lease{impl.queue, std::move(held)};
}

std::optional<Lease> MessageQueue::try_lease(Timeout timeout) {
    const auto [impl, call] = use("MessageQueue::try_lease");
    auto held = impl.lease(call, timeout);
    return held ? std::optional{Lease{impl.queue, std::move(held)}} : std::nullopt;
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

const std::string& MessageQueue::name() const { return impl_ ? impl_->name : detail::no_name(); }

void MessageQueue::close() noexcept {
    if (impl_ && impl_->queue) {
        if (auto* const extras = impl_->queue->extras()) {
            extras->interrupt_waits();
        }
        impl_->queue.reset();
    }
}

void MessageQueue::unlink() {
    unlink_message_queue(name(), impl_ ? impl_->backend : Backend::robust);
}

void unlink_message_queue(std::string_view name, Backend backend) {
    const Call call{"unlink_message_queue", name};
    detail::check_name(call, detail::backend_of(backend).name_max);
    detail::backend_of(backend).unlink(call);
}

} // namespace crex
