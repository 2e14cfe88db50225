// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include "platform/cpu.hpp"
#include "platform/deadline.hpp"
#include "robust/yielding.hpp"

namespace crex::detail::robust {

// What a call does before it goes to sleep: it looks for a moment whether what it waits for is
// there, and learns from its handle's other calls whether that is of use.
class Eagerness {
public:
    // Looks at most that many times, with a pause of the processor in between, before it yields.
    explicit Eagerness(unsigned spin) : spin_{spin} {}

    // True when `is_ready` has become so. While spinning, which it does not for long after the
    // deadline, it is asked every so many pauses. When a signal has come that ends waits, it calls
    // `interrupted`, which may throw.
    template <class Ready, class Interrupted>
    bool look(const Deadline& deadline, Ready is_ready, Interrupted interrupted,
              unsigned every = 1) {
        return spin(deadline, is_ready, every) || yielding_.look(is_ready, interrupted);
    }

private:
    template <class Ready> bool spin(const Deadline& deadline, Ready is_ready, unsigned every);

    static constexpr auto relaxed = std::memory_order_relaxed;

    unsigned spin_;
    std::atomic<unsigned> spun_in_vain_{0};
    Yielding yielding_;
};

// Worth while only if what is waited for happens on another processor, and soon. When that has not
// been so for some time (both sides share a processor; it happens rarely), it is tried only now and
// then.
template <class Ready>
bool Eagerness::spin(const Deadline& deadline, Ready is_ready, unsigned every) {
    constexpr unsigned between_clocks = 64;
    constexpr unsigned patience = 4;
    constexpr unsigned now_and_then = 16;
    const unsigned in_vain = spun_in_vain_.load(relaxed);
    if (in_vain >= patience && in_vain % now_and_then != 0) {
        spun_in_vain_.store(in_vain + 1, relaxed);
        return is_ready();
    }
    for (unsigned i = 0; i < spin_; ++i) {
        if (i % every == every - 1 && is_ready()) {
            spun_in_vain_.store(0, relaxed);
            return true;
        }
        if (i % between_clocks == between_clocks - 1 && deadline.passed()) [[unlikely]] {
            break;
        }
        cpu_pause();
    }
    spun_in_vain_.store(in_vain + 1, relaxed);
    return false;
}

} // namespace crex::detail::robust
