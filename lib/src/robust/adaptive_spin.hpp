// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include <sched.h>

#include "platform/cpu.hpp"
#include "platform/deadline.hpp"
#include "platform/signals.hpp"

namespace crex::detail::robust {

// Which waits do without yields. A yield is wasted when it has taken more than 100 us, unless much
// was done with the object meanwhile: then its other users ran. After a wasted yield, the next 8
// waits do not yield; after further ones twice as many each time, up to 256. 16 waits in a row
// without a wasted yield halve the number. So a program that shares the processor costs little, and
// a processor that is taken away now and then, as a virtual one is, costs 8 waits.
class YieldsLeftOut {
public:
    // Whether this wait is one of them.
    bool count_wait() {
        const unsigned left = left_.load(relaxed);
        if (left != 0) {
            left_.store(left - 1, relaxed);
        }
        return left != 0;
    }

    // After a wait that has yielded.
    void judge(bool wasted) {
        const unsigned next = next_.load(relaxed);
        const unsigned fair_ones = wasted ? 0 : fair_ones_.load(relaxed) + 1;
        fair_ones_.store(fair_ones, relaxed);
        if (wasted) {
            left_.store(next, relaxed);
            next_.store(std::min(next * 2, most), relaxed);
        } else if (fair_ones % enough_fair_ones == 0) {
            next_.store(std::max(next / 2, fewest), relaxed);
        }
    }

private:
    static constexpr unsigned fewest = 8;
    static constexpr unsigned most = 256;
    static constexpr unsigned enough_fair_ones = 16;
    static constexpr auto relaxed = std::memory_order_relaxed;

    std::atomic<unsigned> left_{0};
    std::atomic<unsigned> next_{fewest};
    std::atomic<unsigned> fair_ones_{0}; // waits in a row
};

// What a call does before it sleeps: it looks whether what it waits for is there, first between
// processor pauses, then between yields. It learns from a handle's earlier waits whether that
// helps. Any number of threads may use it.
//
// Spinning helps only if the event happens on another processor, and soon. After four spins in a
// row in vain (both sides share a processor, or the event is rare), only every 16th wait spins.
//
// A yield lets another thread on this processor do what this one waits for. Most waits yield for
// less time than it takes to wake a thread on another processor. So two threads that have both
// slept once would wake each other for ever, although spinning would be a hundred times faster.
// A wait that spins therefore yields for as long as a wake-up takes: then the other thread finds
// this one awake. After 16 waits in a row that have yielded in vain, only such waits yield.
//
// When an unrelated program runs during a yield, sleeping is faster: a woken thread runs before
// such a program has had its time. YieldsLeftOut says when yields are left out for this reason.
//
// A signal handler that ran during a long yield would leave no trace. So signals are blocked until
// 64 waits in a row have shown that yields are short.
class AdaptiveSpin {
public:
    // Looks at most `looks` times before it yields, with `pauses_before(i)` processor pauses before
    // look number i. `progress` counts what the object's users have done. True when
    // `is_ready` has become so. When a signal has come that ends waits, calls `interrupted`, which
    // may throw.
    template <class Ready, class Pauses, class Progress, class Interrupted>
    bool look(const Deadline& deadline, unsigned looks, Ready is_ready, Pauses pauses_before,
              Progress progress, Interrupted interrupted) {
        constexpr unsigned patience = 4;
        constexpr unsigned try_every = 16;
        const unsigned in_vain = in_vain_.load(relaxed);
        const bool spins = in_vain < patience || in_vain % try_every == 0;
        const bool found = spins ? spin(deadline, looks, is_ready, pauses_before) : is_ready();
        in_vain_.store(spins && found ? 0 : in_vain + 1, relaxed);
        return found || yield(spins, is_ready, progress, interrupted);
    }

    // For an object that counts nothing.
    static std::uint64_t no_progress() { return 0; }

    // Spins only, and not for long after the deadline.
    template <class Ready, class Pauses>
    static bool spin(const Deadline& deadline, unsigned looks, Ready& is_ready,
                     Pauses& pauses_before) {
        constexpr unsigned between_clocks = 64;
        for (unsigned i = 0; i < looks; ++i) {
            for (unsigned pauses = pauses_before(i); pauses != 0; --pauses) {
                cpu_pause();
            }
            if (is_ready()) {
                return true;
            }
            if (i % between_clocks == between_clocks - 1 && deadline.passed()) [[unlikely]] {
                break;
            }
        }
        return false;
    }

private:
    struct Yields {
        bool ready = false;
        bool were_short = true;
        bool wasted = false; // on unrelated programs
    };

    template <class Ready, class Progress, class Interrupted>
    bool yield(bool patiently, Ready& is_ready, Progress& progress, Interrupted interrupted) {
        constexpr unsigned patience = 16;
        constexpr unsigned enough = 64;
        const unsigned in_vain = yielded_in_vain_.load(relaxed);
        if ((in_vain >= patience && !patiently) || left_out_.count_wait()) {
            return is_ready();
        }
        const unsigned short_ones = short_ones_.load(relaxed);
        WaitSignals signals;
        if (short_ones < enough) [[unlikely]] {
            signals.hold_back();
        }
        const Yields yields = yield_for_a_while(patiently, is_ready, progress);
        left_out_.judge(yields.wasted);
        yielded_in_vain_.store(yields.ready ? 0 : in_vain + 1, relaxed);
        if (!yields.were_short) {
            short_ones_.store(0, relaxed);
        } else if (short_ones < enough) {
            short_ones_.store(short_ones + 1, relaxed);
        }
        if (!yields.ready && signals.have_ended_the_wait()) {
            interrupted();
        }
        return yields.ready || is_ready();
    }

    template <class Ready, class Progress>
    static Yields yield_for_a_while(bool patiently, Ready& is_ready, Progress& progress) {
        constexpr int times = 24;
        constexpr std::chrono::microseconds wake_up{150};
        constexpr std::chrono::microseconds long_time{100};
        Yields yields;
        auto before = Deadline::Clock::now();
        const auto end = patiently ? before + wake_up : before;
        std::uint64_t done_before = progress();
        for (int i = 0; (i < times || before < end) && !yields.wasted; ++i) {
            if (is_ready()) {
                yields.ready = true;
                break;
            }
            sched_yield();
            const auto now = Deadline::Clock::now();
            const std::uint64_t done = progress();
            if (now - before > long_time) {
                yields.were_short = false;
                yields.wasted = now - before > fair_time_for(done - done_before);
            }
            before = now;
            done_before = done;
        }
        return yields;
    }

    // Any number may come from damaged memory.
    static std::chrono::microseconds fair_time_for(std::uint64_t done) {
        constexpr std::uint64_t us_for_each = 10;
        constexpr std::uint64_t most = 100'000;
        return std::chrono::microseconds{std::min(done, most) * us_for_each};
    }

    static constexpr auto relaxed = std::memory_order_relaxed;

    std::atomic<unsigned> in_vain_{0};         // waits in a row
    std::atomic<unsigned> yielded_in_vain_{0}; // waits in a row
    YieldsLeftOut left_out_;
    std::atomic<unsigned> short_ones_{0}; // waits in a row
};

} // namespace crex::detail::robust
