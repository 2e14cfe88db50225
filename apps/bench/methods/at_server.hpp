// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "harness/clock.hpp"
#include "harness/processes.hpp"
#include "harness/server_processes.hpp"
#include "methods/setting.hpp"

// Calls of what a PostgreSQL server keeps, by one process or by several at once: how many there are
// in a second, and the µs of processor time that the server takes for each.

namespace bench {

// A connection with a queue and a semaphore of one name.
template <class Subject>
concept ServerKind = std::derived_from<Subject, Properties> &&
    std::constructible_from<Subject, std::string> &&
    requires(Subject server, std::span<const std::span<const std::byte>> bodies) {
    server.send(bodies);
    server.receive();
    server.acquire_permit();
    server.release_permit();
};

struct AtServer {
    enum class Call { send, send_many, receive, acquire_and_release, round_trip };
    static constexpr std::size_t size = 64;  // bytes of a message
    static constexpr std::size_t many = 256; // messages

    Call call = Call::send;
    unsigned processes = 1;

    template <ServerKind Server> [[nodiscard]] bool fits() const { return true; }
};

class ServerCalls {
public:
    explicit ServerCalls(AtServer::Call call) : bodies_(messages_of(call), body_) {}

    [[nodiscard]] std::span<const std::span<const std::byte>> bodies() const { return bodies_; }

private:
    static std::size_t messages_of(AtServer::Call call) {
        return call == AtServer::Call::send_many || call == AtServer::Call::receive ? AtServer::many
                                                                                    : 1;
    }

    std::array<std::byte, AtServer::size> body_{};
    std::vector<std::span<const std::byte>> bodies_;
};

// Returns how many operations that was.
template <ServerKind Server>
std::uint64_t call_once(AtServer::Call call, const ServerCalls& calls, Server& server,
                        Server* answers) {
    switch (call) {
    case AtServer::Call::send:
    case AtServer::Call::send_many:
        server.send(calls.bodies());
        return calls.bodies().size();
    case AtServer::Call::receive:
        server.receive();
        return 1;
    case AtServer::Call::acquire_and_release:
        server.acquire_permit();
        server.release_permit();
        return 1;
    case AtServer::Call::round_trip:
        server.send(calls.bodies());
        answers->receive();
        return 1;
    }
    return 0;
}

// More messages than are received in that time.
template <ServerKind Server>
void send_enough(Server& server, const ServerCalls& calls, double seconds) {
    constexpr double most_in_a_second = 20'000;
    for (double left = most_in_a_second * (seconds + 1); left > 0; left -= AtServer::many) {
        server.send(calls.bodies());
    }
}

inline constexpr int calls_to_warm_up = 20;

template <ServerKind Server>
void call_for_a_while(const AtServer& at, SharedState& shared, const Setting& setting) {
    const ServerCalls calls{at.call};
    Server server{setting.object};
    Server answers{setting.answers()};
    if (at.call == AtServer::Call::receive) {
        send_enough(server, calls, setting.seconds);
    }
    for (int i = 0; i < calls_to_warm_up; ++i) {
        (void)call_once(at.call, calls, server, &answers);
    }
    shared.meet(); // all are connected
    shared.meet(); // the observer has begun
    const auto end = now_ns() + static_cast<std::int64_t>(setting.seconds * ns_per_s);
    std::uint64_t count = 0;
    while (now_ns() < end) {
        count += call_once(at.call, calls, server, &answers);
    }
    shared.answered += count;
    if (at.call == AtServer::Call::round_trip) {
        shared.stopped = true;
        server.send(calls.bodies());
    }
    shared.meet(); // the observer ends
    shared.meet();
}

template <ServerKind Server> void answer_each(SharedState& shared, const Setting& setting) {
    const ServerCalls calls{AtServer::Call::round_trip};
    Server requests{setting.object};
    Server answers{setting.answers()};
    const auto answer = [&] {
        requests.receive();
        if (!shared.stopped) {
            answers.send(calls.bodies());
        }
    };
    for (int i = 0; i < calls_to_warm_up; ++i) {
        answer();
    }
    shared.meet();
    shared.meet();
    while (!shared.stopped) {
        answer();
    }
    shared.meet();
    shared.meet();
}

inline void observe(SharedState& shared) {
    shared.meet();
    const double used_before = server_processor_ns();
    const std::int64_t began = now_ns();
    shared.meet();
    shared.meet();
    const auto took = static_cast<double>(now_ns() - began);
    const double used = server_processor_ns() - used_before;
    const auto count = static_cast<double>(shared.answered.load());
    shared.meet();
    shared.answer({count / took * ns_per_s, used / count / 1e3});
}

template <ServerKind Server>
void measure(const AtServer& at, SharedState& shared, const Setting& setting) {
    Server::create(setting.object);
    Server::create(setting.answers());
    std::vector<Role> roles(at.processes, {Place::anywhere, [&](auto&) {
                                               call_for_a_while<Server>(at, shared, setting);
                                           }});
    roles.push_back({Place::anywhere, [&](auto&) { observe(shared); }});
    if (at.call == AtServer::Call::round_trip) {
        roles.push_back({Place::anywhere, [&](auto&) { answer_each<Server>(shared, setting); }});
    }
    play(shared, roles);
}

} // namespace bench
