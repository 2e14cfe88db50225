// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "robust/layout.hpp"

// A slot: room for one message, and its state. Everything else in a queue's memory can be rebuilt
// from its slots.

namespace crex::detail::robust {

enum class SlotState : std::uint8_t {
    free = 0,
    writing = 1,     // `owner` has it as a loan, or has laid it aside
    ready = 2,       // has a message for any receiver
    leased = 3,      // has a message that `owner` has received and not acknowledged
    quarantined = 4, // its content made no sense; out of use
};

// A slot's control word: everything that must change at once. A free slot's is 0. A loan or a lease
// ends only if the whole word is still what it was: `tag`, different each time a slot is claimed,
// keeps a claim from being mistaken for an earlier one of the same owner.
class Control {
public:
    static constexpr unsigned attempts_max = 255;

    constexpr Control() = default;
    constexpr explicit Control(std::uint64_t bits) : bits_{bits} {}
    constexpr Control(SlotState state, Identity owner, unsigned attempts, std::uint64_t tag)
        : bits_{static_cast<std::uint64_t>(state) | std::uint64_t{owner.bits()} << owner_shift |
                std::uint64_t{attempts} << attempts_shift | tag << tag_shift} {}

    static constexpr Control ready(unsigned attempts = 0) {
        return {SlotState::ready, {}, attempts, 0};
    }
    // This claim in another state.
    [[nodiscard]] constexpr Control as(SlotState state) const {
        return Control{(bits_ & ~state_mask) | static_cast<std::uint64_t>(state)};
    }

    [[nodiscard]] constexpr SlotState state() const {
        return static_cast<SlotState>(bits_ & state_mask);
    }
    [[nodiscard]] constexpr Identity owner() const {
        return Identity{static_cast<std::uint32_t>(bits_ >> owner_shift)};
    }
    [[nodiscard]] constexpr unsigned attempts() const {
        return static_cast<unsigned>(bits_ >> attempts_shift) & attempts_max;
    }
    [[nodiscard]] constexpr unsigned attempts_after_another() const {
        return attempts() < attempts_max ? attempts() + 1 : attempts_max;
    }
    [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }

    friend constexpr bool operator==(Control, Control) = default;

private:
    static constexpr std::uint64_t state_mask = 7;
    static constexpr unsigned owner_shift = 3;
    static constexpr unsigned attempts_shift = 33;
    static constexpr unsigned tag_shift = 41;

    std::uint64_t bits_ = 0;
};

// The payload follows it. `sequence`, `size` and `priority` are valid while the slot is ready or
// leased, and are written before it becomes ready.
struct Slot {
    std::atomic<std::uint64_t> control;
    std::atomic<std::uint64_t> sequence; // the order among messages of one priority; 1 and up
    std::atomic<std::uint32_t> size;
    std::atomic<std::uint32_t> priority;
    std::atomic<std::uint32_t> next_free; // while it is on a list of free slots
    std::atomic<std::uint32_t> reserved;

    [[nodiscard]] Control load() const { return Control{control.load(std::memory_order_acquire)}; }
    [[nodiscard]] bool is(SlotState state) const { return load().state() == state; }

    // A thread that sees the new state also sees everything that was written before.
    void become(Control now) { control.store(now.bits(), std::memory_order_release); }

    [[nodiscard]] bool change(Control from, Control to) {
        std::uint64_t expected = from.bits();
        return control.compare_exchange_strong(expected, to.bits());
    }

    [[nodiscard]] std::byte* payload() { return reinterpret_cast<std::byte*>(this + 1); }
};

static_assert(sizeof(Slot) == 32 && offsetof(Slot, sequence) == 8 && offsetof(Slot, size) == 16 &&
              offsetof(Slot, priority) == 20 && offsetof(Slot, next_free) == 24);

} // namespace crex::detail::robust
