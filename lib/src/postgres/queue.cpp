// SPDX-License-Identifier: BSL-1.0
#include "postgres/queue.hpp"

#include <cerrno>

#include "postgres/asking.hpp"
#include "postgres/modes.hpp"

namespace crex::detail::postgres {
namespace {

constexpr std::size_t size_max = std::size_t{256} << 20;

void check_options(const Call& call, const MessageQueueOptions& options) {
    const MessageQueueOptions plain;
    if (options.sparse != plain.sparse || options.any_owner != plain.any_owner ||
        options.spin != plain.spin || options.owner != plain.owner ||
        options.group != plain.group) {
        throw_invalid(call, "sparse, any_owner, spin, owner and group are not for a server");
    }
}

void check_sizes(const Call& call, const MessageQueueOptions& options) {
    if (options.max_messages > robust_queue_messages_max || options.max_message_size > size_max) {
        throw_invalid(call, "at most " + std::to_string(robust_queue_messages_max) +
                                " messages of " + std::to_string(size_max) + " bytes");
    }
}

Handle::Kind kind_of(const MessageQueueOptions& options) {
    return {[reads = options.read, writes = options.write](Session& session, std::int64_t object,
                                                           std::uint64_t number) {
                return session.perform(
                    statements::queue_attach,
                    Arguments{object, static_cast<std::int64_t>(number), reads, writes}, number);
            },
            statements::queue_close};
}

[[noreturn]] void throw_unsupported(const Call& call, std::string_view what) {
    throw_errno(call, ENOTSUP, std::string{what} + ": not with a queue that a server keeps");
}

} // namespace

PostgresQueue::PostgresQueue(Session& session, std::string name, const MessageQueueOptions& options,
                             const Answer& opened, Place place)
    : session_{session}, name_{std::move(name)}, max_messages_{static_cast<std::size_t>(
                                                     opened.integer(2))},
      max_message_size_{static_cast<std::size_t>(opened.integer(3))}, handle_{session,
                                                                              kind_of(options),
                                                                              opened.integer(1),
                                                                              place},
      readiness_{handle_, statements::queue_is_ready}, leases_{session} {}

std::unique_ptr<Queue> PostgresQueue::open(Session& session, const Call& call,
                                           const MessageQueueOptions& options) {
    check_options(call, options);
    const auto arguments = [&](std::int64_t number) {
        return Arguments{call.object, number, options.read, options.write};
    };
    return postgres::open<PostgresQueue>(session, call, statements::queue_open, arguments, true,
                                         options);
}

std::unique_ptr<Queue> PostgresQueue::create(Session& session, const Call& call,
                                             const MessageQueueOptions& options) {
    check_options(call, options);
    check_sizes(call, options);
    check_server_mode(call, options.mode);
    const auto arguments = [&](std::int64_t number) {
        return Arguments{call.object,
                         static_cast<std::int32_t>(options.mode),
                         static_cast<std::int64_t>(options.max_messages),
                         static_cast<std::int64_t>(options.max_message_size),
                         static_cast<std::int32_t>(options.max_handles),
                         options.lifetime == Lifetime::until_unused,
                         static_cast<std::int32_t>(options.max_attempts),
                         options.dead_letter,
                         number,
                         options.read,
                         options.write};
    };
    return postgres::open<PostgresQueue>(session, call, statements::queue_create, arguments, false,
                                         options);
}

Answer PostgresQueue::ask_stats(const char* function) const {
    return ask(handle_, {function, name_}, statements::queue_stats,
               [](const Place& place) { return Arguments{place.handle}; });
}

std::size_t PostgresQueue::current_messages() const {
    return static_cast<std::size_t>(ask_stats("MessageQueue::current_messages").integer(0));
}

MessageQueueStats PostgresQueue::stats() const {
    const Answer answer = ask_stats("MessageQueue::stats");
    const auto number = [&](int column) {
        return static_cast<std::uint64_t>(answer.integer(column));
    };
    MessageQueueStats result;
    result.sent = number(1);
    result.received = number(2);
    result.redelivered = number(3);
    result.dead_lettered = number(4);
    result.participants = static_cast<std::size_t>(number(5));
    return result;
}

bool PostgresQueue::is_shut_down() const { return ask_stats("MessageQueue::is_shut_down").flag(6); }

bool PostgresQueue::is_linked(const std::string& name) const {
    return ask(session_, {"MessageQueue::is_linked", name}, statements::queue_is_linked,
               [&](std::uint64_t) { return Arguments{handle_.object()}; })
        .flag(0);
}

void PostgresQueue::shut_down(const Call& call) {
    (void)ask(handle_, call, statements::queue_shut_down,
              [](const Place& place) { return Arguments{place.handle}; });
    readiness_.refresh(call);
}

std::optional<Message> PostgresQueue::peek(const Call& call) {
    const Answer answer = ask(handle_, call, statements::queue_peek,
                              [](const Place& place) { return Arguments{place.handle}; });
    if (answer.rows() == 0) {
        return std::nullopt;
    }
    return Message{answer.text(1), static_cast<unsigned>(answer.integer(0))};
}

bool PostgresQueue::make_pollable(const Call& call, const Deadline&) {
    (void)readiness_.fd(call);
    return true;
}

void PostgresQueue::notify(const Call& call, Notification notification, SecondRequest second) {
    session_.check_process(call);
    if (notification.is_signal()) {
        throw_unsupported(call, "notification by a signal");
    }
    session_.notifications().request(call, handle_, std::move(notification), second);
}

void PostgresQueue::repair(const Call& call) { throw_unsupported(call, "repair()"); }

std::optional<SlotClaim> PostgresQueue::loan(const Call& call, std::size_t, const Deadline&) {
    throw_unsupported(call, "a loan");
}

void PostgresQueue::commit(const char* function, const SlotClaim&, std::size_t, unsigned) {
    throw_unsupported({function, name_}, "a loan");
}

} // namespace crex::detail::postgres
