// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "crash/model/explorer.hpp"

// The event count on which a thread waits while nothing is ready for it. At most one wake-up is
// under way at a time. It consists of a ticket to sleep on, and a flag that says that a thread may
// sleep.
//
//     waiter                                      waker, once it is ready
//     loop                                        full fence
//         t = ticket                              if flag, and exchange(flag, 0) was not 0
//         flag = 1, full fence                        ++ticket
//         if ready, leave the loop                    wake one
//         deadline passed? leave
//         sleep while ticket == t
//     take; if there is more, do as a waker
//
// The order inside the loop matters. A waker that lowers the flag after this waiter raised it will
// change the ticket after this waiter has read it, so this waiter does not sleep. If the waiter
// read the ticket after raising the flag (reads_ticket_late), it might read the changed one. Then
// it sleeps, the flag is down, and the next waker does not know of it.

namespace model {

class EventCount {
public:
    enum class Broken {
        nothing,
        reads_ticket_late, // after raising the flag
        raises_flag_late,  // after checking whether an item is ready
        raises_flag_once,  // and not again after a wake-up
        wakes_too_early,   // reads the flag before its change can be seen: no fence
        keeps_ticket,      // does not change the ticket
        stops_the_chain,   // takes, and does not check whether there is more
        leaves_when_woken, // returns after its deadline without another check
    };

    static constexpr std::size_t most = 5;

    enum Step : std::uint8_t {
        produce,
        look_for_waiters,
        lower_flag,
        change_ticket,
        wake,
        try_take,
        read_ticket,
        raise_flag,
        look,
        sleep,
        asleep,
        woken, // before anything else; leaves_when_woken only
        done,
        dead,
    };

    struct Process {
        std::uint8_t at = 0;
        std::uint8_t current = 0;  // the ticket it has read is still the event's
        std::uint8_t raised = 0;   // used by raises_flag_once only
        std::uint8_t saw_flag = 0; // used by wakes_too_early only
        bool operator==(const Process&) const = default;
    };

    struct State {
        std::array<Process, most> processes;
        std::uint8_t ready; // number of items to take
        std::uint8_t flag;
        std::uint8_t deaths;
        std::uint8_t births; // always 0: waiters are not recorded
        std::uint8_t violation;
        bool operator==(const State&) const = default;
    };

    // Each producer makes one item. Each consumer takes one, or has a deadline and may leave
    // without.
    EventCount(std::size_t producers, std::size_t consumers, Broken broken = Broken::nothing)
        : producers_{producers}, consumers_{consumers}, broken_{broken} {}

    using Emit = std::function<void(Kind, const State&)>;

    [[nodiscard]] State initial() const;
    void moves(const State& state, const Emit& emit) const;
    [[nodiscard]] bool finished(const State& state) const;
    [[nodiscard]] static std::string text(const State& state);

private:
    class Mover;

    std::size_t producers_;
    std::size_t consumers_;
    Broken broken_;
};

} // namespace model
