// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/recovery.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "robust/death_watch.hpp"

namespace crex::detail::robust {
namespace {

// No queue gets that far: at 20 million messages a second, it takes seven thousand years.
constexpr std::uint64_t sequence_max = std::uint64_t{1} << 62;

// Which participants are alive, determined once, so that the answer is the same for all slots,
// whatever the table says later. The slow check is made only of participants that hold something.
class LivingParticipants {
public:
    explicit LivingParticipants(const Participant& self) {
        for (std::size_t entry = 0; entry < self.entries(); ++entry) {
            const Identity identity = self.at(entry);
            const bool dead = !identity.is_nobody() &&
                              (self.holds_something(identity) ? self.is_dead_by_any_sign(identity)
                                                              : self.is_dead(identity));
            entries_[entry] = identity.bits() | (dead ? is_dead : 0);
        }
    }

    // Whether the identity is that of a live participant.
    [[nodiscard]] bool is_alive(Identity identity) const {
        return !identity.is_nobody() && identity.entry() < participants_max &&
               entries_[identity.entry()] == identity.bits();
    }

    void clear(Participant& self) const {
        for (const std::uint32_t record : entries_) {
            if ((record & is_dead) != 0) {
                self.clear(Identity{record});
            }
        }
    }

private:
    static constexpr std::uint32_t is_dead = std::uint32_t{1} << 31; // beside an identity's bits

    std::array<std::uint32_t, participants_max> entries_{}; // 0 for a free entry
};

bool has_sane_content(const QueueMemory& memory, const Slot& slot) {
    const std::uint64_t sequence = slot.sequence.load(relaxed);
    return slot.size.load(relaxed) <= memory.max_size() &&
           slot.priority.load(relaxed) < priorities && sequence != 0 && sequence < sequence_max;
}

class Recovery {
public:
    Recovery(const BothLocked& locked, const QueueMemory& memory, const LivingParticipants& living,
             Scope scope)
        : locked_{locked}, memory_{memory}, body_{memory.body()}, living_{living}, index_{locked,
                                                                                          memory},
          free_slots_{memory}, count_{scope == Scope::everywhere ? memory.capacity()
                                                                 : touched(memory)} {}

    void run() {
        memory_.set(needs_recovery);
        index_.clear();
        free_slots_.begin(locked_, count_ % memory_.capacity(), memory_.capacity() - count_);
        std::uint32_t oldest = 0;
        std::uint64_t oldest_sequence = sequence_max;
        for (std::uint32_t slot = 0; slot < count_; ++slot) {
            if (recover_slot(memory_.slot(slot)) == SlotState::ready) {
                const std::uint64_t sequence = memory_.slot(slot).sequence.load(relaxed);
                if (sequence < oldest_sequence) {
                    oldest = slot;
                    oldest_sequence = sequence;
                }
            }
        }
        enter_ready(oldest);
        body_.quarantined.store(quarantined_, relaxed);
        body_.next_sequence.store(next_sequence(), relaxed);
        HandoffRing{memory_}.begin(locked_);
        body_.touched.store(count_, relaxed);
        body_.recoveries.fetch_add(1, relaxed);
    }

private:
    static std::uint32_t touched(const QueueMemory& memory) {
        return std::min(memory.body().touched.load(relaxed), memory.capacity());
    }

    // Returns the slot's new state.
    SlotState recover_slot(Slot& slot) {
        const Control control = slot.load();
        switch (control.state()) {
        case SlotState::free:
            if (control != Control{}) {
                slot.become(Control{});
            }
            return SlotState::free;
        case SlotState::writing:
            return living_.is_alive(control.owner()) ? control.state() : become(slot, Control{});
        case SlotState::ready:
        case SlotState::leased:
            return recover_message(slot, control);
        case SlotState::quarantined:
            break;
        }
        return quarantine(slot);
    }

    SlotState recover_message(Slot& slot, Control control) {
        if (!has_sane_content(memory_, slot)) {
            return quarantine(slot);
        }
        highest_sequence_ = std::max(highest_sequence_, slot.sequence.load(relaxed));
        if (control.state() == SlotState::ready || living_.is_alive(control.owner())) {
            return control.state();
        }
        body_.redelivered.fetch_add(1, relaxed);
        return become(slot, Control::ready(control.attempts_after_another()));
    }

    static SlotState become(Slot& slot, Control now) {
        slot.become(now);
        return now.state();
    }

    SlotState quarantine(Slot& slot) {
        ++quarantined_;
        return become(slot, Control{SlotState::quarantined, {}, 0, 0});
    }

    // Puts free slots on the list, and messages on their priority lists in the order of their
    // sequences. Going round from the oldest message, the slots are nearly always in that order;
    // otherwise the messages are sorted.
    void enter_ready(std::uint32_t oldest) {
        std::uint32_t count = 0;
        bool is_sorted = true;
        std::uint64_t previous = 0;
        std::uint32_t slot = oldest;
        for (std::uint32_t i = 0; i < count_; ++i, slot = slot + 1 < count_ ? slot + 1 : 0) {
            switch (memory_.slot(slot).load().state()) {
            case SlotState::free:
                free_slots_.put(locked_, slot);
                break;
            case SlotState::ready: {
                const std::uint64_t sequence = memory_.slot(slot).sequence.load(relaxed);
                is_sorted = is_sorted && sequence >= previous;
                previous = sequence;
                memory_.order(count++).store(slot, relaxed);
                break;
            }
            default:
                break;
            }
        }
        if (!is_sorted) {
            sort(count);
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t each = memory_.checked(memory_.order(i));
            index_.push_back(each, memory_.at_most(memory_.slot(each).priority, priorities - 1));
        }
    }

    // A heapsort of its own: it stays within the array, whatever another process writes into the
    // memory at the same time.
    void sort(std::uint32_t count) {
        for (std::uint32_t root = count / 2; root-- > 0;) {
            sift_down(root, count);
        }
        for (std::uint32_t end = count; end-- > 1;) {
            swap(0, end);
            sift_down(0, end);
        }
    }

    void sift_down(std::uint32_t root, std::uint32_t end) {
        for (std::uint32_t child = 2 * root + 1; child < end; child = 2 * root + 1) {
            if (child + 1 < end && sequence_at(child) < sequence_at(child + 1)) {
                ++child;
            }
            if (sequence_at(root) >= sequence_at(child)) {
                return;
            }
            swap(root, child);
            root = child;
        }
    }

    void swap(std::uint32_t one, std::uint32_t other) {
        const std::uint32_t kept = memory_.order(one).load(relaxed);
        memory_.order(one).store(memory_.order(other).load(relaxed), relaxed);
        memory_.order(other).store(kept, relaxed);
    }

    [[nodiscard]] std::uint64_t sequence_at(std::uint32_t place) const {
        return memory_.slot(memory_.checked(memory_.order(place))).sequence.load(relaxed);
    }

    [[nodiscard]] std::uint64_t next_sequence() const {
        const std::uint64_t said = body_.next_sequence.load(relaxed);
        return std::max(highest_sequence_ + 1, said < sequence_max ? said : 1);
    }

    const BothLocked& locked_;
    const QueueMemory& memory_;
    QueueBody& body_;
    const LivingParticipants& living_;
    PriorityIndex index_;
    FreeSlots free_slots_;
    std::uint32_t count_; // slots to recover
    std::uint64_t highest_sequence_ = 0;
    std::uint64_t quarantined_ = 0;
};

} // namespace

void recover(const BothLocked& locked, const QueueMemory& memory, Participant& self, Scope scope) {
    const LivingParticipants living{self};
    Recovery{locked, memory, living, scope}.run();
    memory.set(indexed);
    memory.clear(needs_recovery);
    living.clear(self); // no slot names the dead any more
}

// Several waiting threads may see the same death: for all but the first, nothing is left to do.
void reap_dead_participants(const BothLocked& locked, const QueueMemory& memory,
                            Participant& self) {
    if ((memory.status() & needs_recovery) != 0 || holder_died(self, true)) {
        recover(locked, memory, self, Scope::where_used);
    }
}

} // namespace crex::detail::robust
