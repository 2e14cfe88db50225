// SPDX-License-Identifier: BSL-1.0
#include "message_queue/impl.hpp"

#include <utility>

#include <crex/error.hpp>

#include "message_queue/at_server.hpp"

// Opening and creating message queues, and their names.

namespace crex {

namespace detail {

const QueueBackend& backend_of(Backend backend) {
    switch (backend) {
    case Backend::boost:
        return boost_backend;
    case Backend::posix:
        return posix_backend;
    case Backend::robust:
        return robust_backend;
    case Backend::remote:
        return remote_backend;
    }
    throw_invalid({"MessageQueue", ""}, "there is no such backend");
}

} // namespace detail

namespace {

constexpr std::uint64_t largest_queue = std::uint64_t{1} << 40;
constexpr unsigned attempts_max = 255;

// For a queue that is to be created. An existing queue keeps its own sizes.
void check_sizes(const Call& call, const MessageQueueOptions& options) {
    if (options.max_messages == 0 || options.max_message_size == 0) {
        detail::throw_invalid(call, "max_messages and max_message_size must be at least 1");
    }
    if (options.max_messages > largest_queue / options.max_message_size) {
        detail::throw_invalid(call, std::to_string(options.max_messages) + " messages of " +
                                        std::to_string(options.max_message_size) +
                                        " bytes are more than a queue may have, 1 TiB");
    }
}

bool has_default_extras(const MessageQueueOptions& options) {
    const MessageQueueOptions plain;
    return options.lifetime == plain.lifetime && options.max_attempts == plain.max_attempts &&
           options.dead_letter == plain.dead_letter && options.sparse == plain.sparse &&
           options.any_owner == plain.any_owner && options.while_linked == plain.while_linked &&
           options.spin == plain.spin && options.max_handles == plain.max_handles;
}

void check_extras(const Call& call, const MessageQueueOptions& options) {
    const auto& backend = detail::backend_of(options.backend);
    if (!backend.has_extras && !has_default_extras(options)) {
        detail::throw_invalid(call,
                              "lifetime, max_attempts, dead_letter, sparse, any_owner, "
                              "while_linked, spin and max_handles are for the robust backend");
    }
    detail::check_handles(call, options.max_handles);
    if (options.max_attempts > attempts_max) {
        detail::throw_invalid(call, "max_attempts is at most " + std::to_string(attempts_max));
    }
    if ((options.max_attempts == 0) != options.dead_letter.empty()) {
        detail::throw_invalid(call, "max_attempts and dead_letter go together");
    }
    if (!options.dead_letter.empty()) {
        detail::check_name({call.function, options.dead_letter}, backend.names);
        if (options.dead_letter == call.object) {
            detail::throw_invalid(call, "a queue cannot be its own dead-letter queue");
        }
    }
}

// With a server, the backend is remote.
MessageQueueOptions resolved(Name name, const MessageQueueOptions& options) {
    MessageQueueOptions result = options;
    const bool is_remote = options.backend == Backend::remote;
    if (options.at != nullptr && (is_remote || options.backend == Backend::robust)) {
        result.backend = Backend::remote;
    } else if (options.at != nullptr || is_remote) {
        detail::throw_invalid({"MessageQueue", name.value_or("")},
                              is_remote ? "the remote backend needs a server: set `at`"
                                        : "a server has no queues of the " +
                                              std::string{to_string(options.backend)} + " backend");
    }
    return result;
}

detail::Opening checked(Name name, int flags, const MessageQueueOptions& options) {
    detail::Opening opening{
        "MessageQueue", name, flags, options.mode, detail::backend_of(options.backend).names,
        O_CREX};
    if (!options.read && !options.write) {
        detail::throw_invalid(opening.call(), "a handle that neither reads nor writes has no use");
    }
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
        } catch (const Error&) { // it cannot be inspected: there is nothing to add
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
    case Backend::remote:
        return detail::remote_backend.name;
    }
    return "unknown";
}

std::unique_ptr<MessageQueue::Impl>
MessageQueue::Impl::perform(detail::Opening& opening, const MessageQueueOptions& options) {
    const auto& backend = detail::backend_of(options.backend);
    const auto create = [&] {
        check_sizes(opening.call(), options);
        return backend.create(opening.call(), options);
    };
    auto queue = opening.perform([&] { return backend.open(opening.call(), options); }, create);
    return queue ? std::make_unique<Impl>(opening.name(), options, std::move(queue)) : nullptr;
}

MessageQueue::MessageQueue(Name name, int flags, const MessageQueueOptions& given) {
    const MessageQueueOptions options = resolved(name, given);
    auto opening = checked(name, flags, options);
    impl_ = Impl::perform(opening, options);
    if (!impl_) {
        const bool missing = (flags & o_creat) == 0 && options.at == nullptr;
        opening.throw_existential(missing ? found_elsewhere(opening.name(), options.backend) : "");
    }
}

std::optional<MessageQueue> MessageQueue::try_open(Name name, int flags,
                                                   const MessageQueueOptions& given) {
    const MessageQueueOptions options = resolved(name, given);
    auto opening = checked(name, flags, options);
    auto impl = Impl::perform(opening, options);
    return impl ? std::optional{MessageQueue{std::move(impl)}} : std::nullopt;
}

MessageQueue::MessageQueue(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
MessageQueue::MessageQueue(MessageQueue&&) noexcept = default;
MessageQueue& MessageQueue::operator=(MessageQueue&&) noexcept = default;
MessageQueue::~MessageQueue() = default;

void unlink_message_queue(std::string_view name, Backend backend) {
    const Call call{"unlink_message_queue", name};
    detail::check_name(call, detail::backend_of(backend).names);
    detail::backend_of(backend).unlink(call);
}

void unlink_message_queue(std::string_view name, Server& at) {
    const Call call{"unlink_message_queue", name};
    detail::check_name(call, detail::remote_backend.names);
    detail::QueuesAt{at}.unlink(call);
}

} // namespace crex
