// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include "platform/cpu.hpp"
#include "robust/yielding.hpp"

namespace crex::detail::robust {

// Looking for something to become so, before it is worth while to sleep for it; and whether that is
// worth while at all, by what came of it before. For one thread.
class Lookout {
public:
    static constexpr unsigned for_ever = ~0U;

    // With so many pauses of the processor between two looks.
    Lookout(unsigned looks, unsigned pauses) : looks_{looks}, pauses_{pauses} {}

    // Looks, as many times as was said, and then between yields. `ready()` answers how much there
    // is to do: 0, 1, or more for whatever is more. Whether there is any; if it looks for ever, it
    // is false when the deadline has passed. `interrupted` as for Eagerness.
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

    // Each look takes the line of cache away from the one who is to change it. So it is better to
    // let that one get ahead first, if it then has got ahead by more than one; which is tried now
    // and then. An answer that somebody waits for comes alone, and wants quick looks.
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

    // Worth while only if what is looked for happens on another processor, and soon. When that has
    // not been so for some time, it is tried only now and then.
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
