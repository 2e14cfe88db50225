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

// What a call does before it sleeps: it looks whether what it waits for is there, first between
// processor pauses, then between yields. It learns from a handle's earlier waits whether that
// helps. Any number of threads may use it.
//
// Spinning helps only if the event happens on another processor, and soon. After four spins in a
// row in vain (both sides share a processor, or the event is rare), only every 16th wait spins.
//
// A yield lets another thread on this processor do what this one waits for. When an unrelated
// program runs instead, sleeping is faster: a woken thread runs before such a program has had its
// time. So after a yield of more than 40 us, the next 256 waits do not yield, unless much was done
// with the object during that yield: then its other users ran.
//
// A signal handler that ran during a long yield would leave no trace. So signals are blocked until
// 64 waits in a row have shown that yields are short.
class AdaptiveSpin {
public:
    // Looks at most `looks` times before it yields, with `pauses_before(i)` processor pauses before
    // look number i. `progress` counts the calls of the object's other users. True when
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
        return found || yield(is_ready, progress, interrupted);
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
    bool yield(Ready& is_ready, Progress& progress, Interrupted interrupted) {
        constexpr unsigned while_busy = 256;
        constexpr unsigned enough = 64;
        if (const unsigned left = to_skip_.load(relaxed); left != 0) {
            to_skip_.store(left - 1, relaxed);
            return is_ready();
        }
        const unsigned short_ones = short_ones_.load(relaxed);
        WaitSignals signals;
        if (short_ones < enough) [[unlikely]] {
            signals.hold_back();
        }
        const Yields yields = yield_for_a_while(is_ready, progress);
        if (yields.wasted) {
            to_skip_.store(while_busy, relaxed);
        }
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
    static Yields yield_for_a_while(Ready& is_ready, Progress& progress) {
        constexpr int times = 24;
        constexpr std::chrono::microseconds long_time{40};
        Yields yields;
        auto before = Deadline::Clock::now();
        std::uint64_t done_before = progress();
        for (int i = 0; i < times && !yields.wasted; ++i) {
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
    static std::chrono::microseconds fair_time_for(std::uint64_t calls) {
        constexpr std::uint64_t us_a_call = 10;
        constexpr std::uint64_t most = 100'000;
        return std::chrono::microseconds{std::min(calls, most) * us_a_call};
    }

    static constexpr auto relaxed = std::memory_order_relaxed;

    std::atomic<unsigned> in_vain_{0};
    std::atomic<unsigned> to_skip_{0};
    std::atomic<unsigned> short_ones_{0}; // waits in a row
};

} // namespace crex::detail::robust
