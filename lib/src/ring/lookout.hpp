// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include "platform/cpu.hpp"
#include "robust/yielding.hpp"

namespace crex::detail::robust {

// Looks for a moment for a condition before the thread sleeps, and learns from earlier looks
// whether that helps. For one thread.
class Lookout {
public:
    static constexpr unsigned for_ever = ~0U;

    // Looks at most `looks` times, with `pauses` processor pauses in between.
    Lookout(unsigned looks, unsigned pauses) : looks_{looks}, pauses_{pauses} {}

    // Looks as often as the constructor says, and then between yields. `ready()` returns how much
    // there is to do: 0, 1, or more than 1. True when there is anything. With for_ever, false once
    // the deadline has passed. `interrupted` as for Eagerness.
    template <class Ready, class Interrupted>
    bool look(const Deadline& deadline, Ready ready, Interrupted interrupted) {
        return looks_ == for_ever ? poll(deadline, ready)
                                  : spin(deadline, ready) ||
                                        yielding_.look([&] { return ready() != 0; }, interrupted);
    }

    [[nodiscard]] bool never_sleeps() const { return looks_ == for_ever; }

private:
    static void pause(unsigned times) {
        for (unsigned i = 0; i < times; ++i) {
            cpu_pause();
        }
    }

    // Each look takes the cache line away from the side that must change it. So it is better to
    // give that side a head start first, if it then gets ahead by more than one. Every 16th wait
    // tries whether it does. An answer that a thread waits for comes alone, and needs quick looks.
    template <class Ready> bool look_ahead(Ready& ready) {
        constexpr unsigned try_every = 16;
        lets_get_ahead_ = lets_get_ahead_ || ++waits_ % try_every == 0;
        if (lets_get_ahead_) {
            pause(head_start);
        }
        const auto found = ready();
        lets_get_ahead_ = lets_get_ahead_ && found > 1;
        return found != 0;
    }

    template <class Ready> bool poll(const Deadline& deadline, Ready& ready) {
        if (look_ahead(ready)) {
            return true;
        }
        for (unsigned i = 1; !look_once(i, ready); ++i) {
            if (i % between_clocks == 0 && deadline.passed()) {
                return false;
            }
        }
        return true;
    }

    template <class Ready> bool look_once(unsigned times, Ready& ready) {
        constexpr unsigned quick = 64;
        pause(times < quick ? pauses_ : std::max(pauses_, head_start));
        return ready() != 0;
    }

    // Spinning helps only if the event happens on another processor, and soon. After four spins in
    // a row in vain, only every 16th wait spins.
    template <class Ready> bool spin(const Deadline& deadline, Ready& ready) {
        constexpr unsigned patience = 4;
        constexpr unsigned now_and_then = 16;
        if (in_vain_ >= patience && in_vain_ % now_and_then != 0) {
            ++in_vain_;
            return ready() != 0;
        }
        if (looks_ != 0 && look_ahead(ready)) {
            in_vain_ = 0;
            return true;
        }
        for (unsigned i = 1; i < looks_; ++i) {
            if (look_once(i, ready)) {
                in_vain_ = 0;
                return true;
            }
            if (i % between_clocks == 0 && deadline.passed()) [[unlikely]] {
                break;
            }
        }
        ++in_vain_;
        return false;
    }

    static constexpr unsigned head_start = 8; // pauses
    static constexpr unsigned between_clocks = 64;

    unsigned looks_;
    unsigned pauses_;
    unsigned waits_ = 0;
    bool lets_get_ahead_ = false;
    unsigned in_vain_ = 0;
    Yielding yielding_;
};

} // namespace crex::detail::robust
