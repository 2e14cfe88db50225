// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include "platform/cpu.hpp"
#include "platform/deadline.hpp"
#include "robust/yielding.hpp"

namespace crex::detail::robust {

// What a call does before it sleeps: it checks for a moment whether what it waits for is there. It
// learns from the handle's other calls whether that helps.
class Eagerness {
public:
    // Checks at most `spin` times, with a processor pause in between, before it yields.
    explicit Eagerness(unsigned spin) : spin_{spin} {}

    // True when `is_ready` has become so. While spinning, which ends soon after the deadline, it is
    // asked every `every` pauses. When a signal has come that ends waits, calls `interrupted`,
    // which may throw.
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

// Spinning helps only if the event happens on another processor, and soon. After four spins in a
// row in vain (both sides share a processor, or the event is rare), only every 16th wait spins.
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
