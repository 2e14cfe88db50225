// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/request.hpp"

namespace crex::detail::postgres {

// A connection with the calls that are under way on it, for one thread at a time.
//
// A call that has changed something ends when a synced commit after it is answered. At most two of
// these commits are under way: while the server is at one, it has got the next one already, and all
// calls that are sent by then share the one after that.
class Pipeline {
public:
    using Clock = std::chrono::steady_clock;

    // `alive_at`: see there.
    Pipeline(Connection connection, Clock::time_point alive_at)
        : connection_{std::move(connection)}, alive_at_{alive_at} {}

    [[nodiscard]] int socket() const { return connection_.socket(); }
    [[nodiscard]] std::string error() const { return connection_.error(); }

    // Whether all was sent. Else it must be possible to write to the socket, before the rest goes
    // with read().
    [[nodiscard]] bool is_all_sent() const { return is_all_sent_; }

    // Sends a call. False when the connection is lost.
    [[nodiscard]] bool send(const RequestPointer& call);

    // Reads what has come, and ends the calls that it answers. False when the connection is lost.
    [[nodiscard]] bool read();
    [[nodiscard]] bool next_notification(std::string& text) {
        return connection_.next_notification(text);
    }

    // Ends the calls under way, whose fate is unknown. The connection is lost.
    void lose(const std::string& why);

    // Whether no call is under way.
    [[nodiscard]] bool is_empty() const { return calls_.empty(); }
    // When the oldest call under way was sent.
    [[nodiscard]] Clock::time_point oldest() const { return calls_.front()->sent; }
    // When the last call was sent that the server has answered.
    [[nodiscard]] Clock::time_point alive_at() const { return alive_at_; }

private:
    [[nodiscard]] bool transmit(const RequestPointer& call);
    [[nodiscard]] bool send_sync();
    [[nodiscard]] bool flush();
    void take_answer(const RequestPointer& call, Answer answer);
    void wait_for_sync(const RequestPointer& call);

    Connection connection_;
    Clock::time_point alive_at_;
    std::deque<RequestPointer> calls_;
    int syncs_ = 0;                        // synced commits among them
    bool needs_sync_ = false;              // calls were sent after the last one
    std::vector<RequestPointer> unsynced_; // of these, those that are answered
    bool is_all_sent_ = true;
};

} // namespace crex::detail::postgres
