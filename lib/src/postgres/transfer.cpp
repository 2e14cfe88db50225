// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstring>

#include "postgres/attempts.hpp"
#include "postgres/queue.hpp"

// Sending and receiving.

namespace crex::detail::postgres {
namespace {

constexpr std::size_t bytes_at_once = std::size_t{16} << 20;

// A lane of the session's sender, for one call.
class Lane {
public:
    explicit Lane(Session& session) : session_{session}, place_{session.take_place()} {}
    ~Lane() { session_.give_back_place(place_.lane); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    [[nodiscard]] std::int32_t number() const { return place_.lane; }
    [[nodiscard]] std::int64_t sequence() const { return place_.sequence; }

private:
    Session& session_;
    Session::Place place_;
};

// As many from the front as go into one statement.
std::span<const std::span<const std::byte>>
at_once(std::span<const std::span<const std::byte>> bodies) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < bodies.size(); ++count) {
        bytes += bodies[count].size() + sizeof(std::uint32_t); // and its length
        if (count != 0 && bytes > bytes_at_once) {
            break;
        }
    }
    return bodies.first(count);
}

} // namespace

// Returns how many were sent: 0 when the deadline has passed first.
std::size_t PostgresQueue::send_some(const Call& call,
                                     std::span<const std::span<const std::byte>> bodies,
                                     unsigned priority, const Deadline& deadline) {
    session_.check_process(call);
    const Lane lane{session_};
    for (Attempts attempts{handle_, call, deadline, Signals::end_the_wait, Direction::room};;) {
        const Place place = attempts.begin();
        const Answer answer =
            session_.perform(statements::send,
                             Arguments{place.handle, session_.sender(), lane.number(),
                                       lane.sequence(), static_cast<std::int32_t>(priority), bodies,
                                       attempts.waits(), attempts.looks()},
                             place.session);
        if (!attempts.is_answered(answer, true)) {
            continue;
        }
        if (const auto sent = static_cast<std::size_t>(answer.integer(0)); sent != 0) {
            attempts.succeed();
            return sent;
        }
        if (!attempts.wait()) {
            attempts.check_fate();
            return 0;
        }
    }
}

bool PostgresQueue::send(const Call& call, std::span<const std::byte> body, unsigned priority,
                         const Deadline& deadline) {
    return send_some(call, {&body, 1}, priority, deadline) == 1;
}

std::size_t PostgresQueue::send_many(const Call& call,
                                     std::span<const std::span<const std::byte>> bodies,
                                     unsigned priority, const Deadline& deadline) {
    std::size_t sent = 0;
    try {
        while (sent < bodies.size()) {
            const std::size_t more =
                send_some(call, at_once(bodies.subspan(sent)), priority, deadline);
            if (more == 0) {
                break;
            }
            sent += more;
        }
    } catch (...) {
        if (sent == 0) {
            throw;
        }
    }
    return sent;
}

// Rows with messages; none when the deadline has passed first.
std::optional<Answer> PostgresQueue::take(const Call& call, std::size_t at_most,
                                          const Deadline& deadline) {
    for (Attempts attempts{handle_, call, deadline, Signals::end_the_wait, Direction::message};;) {
        const Place place = attempts.begin();
        Answer answer = session_.perform(statements::take,
                                         Arguments{place.handle, static_cast<std::int32_t>(at_most),
                                                   attempts.waits(), attempts.looks()},
                                         place.session);
        if (!attempts.is_answered(answer, false)) {
            continue;
        }
        if (answer.rows() != 0) {
            attempts.succeed();
            return answer;
        }
        if (!attempts.wait()) {
            return std::nullopt;
        }
    }
}

std::optional<ReceivedMessage> PostgresQueue::receive(const Call& call, std::span<std::byte> buffer,
                                                      const Deadline& deadline) {
    ReceivedMessage received;
    return receive_many(call, buffer, {&received, 1}, deadline) != 0 ? std::optional{received}
                                                                     : std::nullopt;
}

std::size_t PostgresQueue::receive_many(const Call& call, std::span<std::byte> buffer,
                                        std::span<ReceivedMessage> received,
                                        const Deadline& deadline) {
    const std::size_t room =
        std::min({received.size(), buffer.size() / max_message_size_,
                  std::max<std::size_t>(1, bytes_at_once / max_message_size_)});
    if (room == 0) {
        return 0;
    }
    const auto answer = take(call, room, deadline);
    const int count = answer ? answer->rows() : 0;
    for (int row = 0; row < count; ++row) {
        const auto body = answer->bytes(4, row);
        std::copy(body.begin(), body.end(), buffer.begin());
        buffer = buffer.subspan(body.size());
        received[static_cast<std::size_t>(row)] = {body.size(),
                                                   static_cast<unsigned>(answer->integer(1, row))};
    }
    readiness_.refresh(call);
    return static_cast<std::size_t>(count);
}

} // namespace crex::detail::postgres
