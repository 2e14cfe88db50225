// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "crash/model/explorer.hpp"

// The robust queue's two locks and its recovery, reduced to the parts on which the argument for
// them rests.
//
// S is the senders' lock and R the receivers' lock; they are always taken in this order. A lock is
// a word: 0, or its holder (an entry in the table of participants, and the entry's generation). A
// flag beside the word says that a process may sleep, on a ticket that a wake-up changes. The
// senders' end is kept under S, the receivers' end under R. Two operations change both ends under
// both locks: the one where the ends meet (turning a lane into an index or back, and fetching free
// slots), and the rebuild. A change is two steps; a death between them leaves a wreck.
//
// Between these operations, a message passes from one end to the other with a single store, so the
// ends share nothing else. Therefore a process that holds R may finish its change while another
// process, which holds only S, sets needs_recovery: the rebuild waits for R.
//
// Waiting for a lock:
//
//     waiter                                      holder
//     loop                                        word = 0, full fence
//         t = ticket, flag = 1, full fence        if flag
//         word = 0? take it                           flag = 0, ++ticket, wake one
//         its holder dead? take it over
//         deadline passed? leave
//         sleep while ticket == t
//
// A death can come between any two steps. A new process may then take the dead one's entry at once.

namespace model {

class TwoEnds {
public:
    enum class Job { send, receive, meet };
    enum Violation : std::uint8_t { none, two_at_once, wreck_touched };

    // The possible mistakes in the protocol.
    enum class Broken {
        nothing,
        takes_over_silently,  // needs_recovery is never set
        takes_over_first,     // it is set only when the change is made
        looks_before_locking, // at needs_recovery
        ignores_generations,  // a lock's word is the entry alone
        sleeps_on_the_word,   // while it has the value read; there is no ticket
        reads_ticket_late,    // after raising the flag
        raises_flag_late,     // after looking at the word
        never_raises_flag,
        wakes_before_releasing,
        meets_under_s,       // and not R
        rebuilds_in_reverse, // R, then S
        rebuilds_under_one_lock,
    };

    static constexpr std::size_t most = 3;

    enum Step : std::uint8_t {
        acquire,
        read_ticket,
        raise_flag,
        inspect,
        probe,
        take_over,
        set_needs_recovery,
        sleep,
        asleep,
        locked,
        change,
        changed,
        rebuild,
        rebuilt,
        clear_needs_recovery,
        release,
        look_for_sleepers,
        lower_flag,
        change_ticket,
        wake,
        done,
        dead,
    };
    enum Goal : std::uint8_t { to_work, to_rebuild, to_leave };

    struct Process {
        std::uint8_t at = 0;
        std::uint8_t goal = 0;
        std::uint8_t lock = 0;    // the lock being taken or released: 0 is S, 1 is R
        std::uint8_t holds = 0;   // a bit for each lock
        std::uint8_t seen = 0;    // the lock's word, as last read
        std::uint8_t current = 0; // the ticket it has read is still the lock's
        std::uint8_t generation = 0;
        std::uint8_t looked = 0; // the value that looks_before_locking read
        bool operator==(const Process&) const = default;
    };

    struct Lock {
        std::uint8_t word = 0;
        std::uint8_t flag = 0;
        bool operator==(const Lock&) const = default;
    };

    struct State {
        std::array<Process, most> processes;
        std::array<Lock, 2> locks;
        std::array<std::uint8_t, 2> changing; // for each end: the changing entry + 1, or `wreck`
        std::uint8_t needs_recovery;
        std::uint8_t deaths;
        std::uint8_t births;
        std::uint8_t violation;
        bool operator==(const State&) const = default;
    };

    explicit TwoEnds(std::vector<Job> jobs, Broken broken = Broken::nothing)
        : jobs_{std::move(jobs)}, broken_{broken} {}

    using Emit = std::function<void(Kind, const State&)>;

    [[nodiscard]] State initial() const;
    void moves(const State& state, const Emit& emit) const;
    [[nodiscard]] bool finished(const State& state) const;
    [[nodiscard]] static std::string text(const State& state);

private:
    class Mover; // one process about to take one step

    std::vector<Job> jobs_;
    Broken broken_;
};

} // namespace model
