// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/core.hpp"

#include <mutex>
#include <new>
#include <utility>

#include "platform/fence.hpp"

namespace crex::detail::robust {

void LaidAside::add(const SlotClaim& claim) noexcept {
    try {
        const InsideLock inside;
        const std::lock_guard lock{mutex_};
        claims_.push_back(claim);
        has_any_ = true;
    } catch (const std::bad_alloc&) {
    }
}

std::vector<SlotClaim> LaidAside::take_all() {
    const InsideLock inside;
    const std::lock_guard lock{mutex_};
    has_any_ = false;
    return std::exchange(claims_, {});
}

RobustQueueCore::RobustQueueCore(std::string its_name, Segment its_segment,
                                 const MessageQueueOptions& options)
    : name{std::move(its_name)}, segment{std::move(its_segment)}, memory{segment},
      self{segment.fd(), segment.participants(), segment.forks_before()}, locks{memory, self},
      polling{memory, segment.fd()}, maintenance{name, memory, self, locks, polling}, gate{self},
      waits{segment, name, options, memory, self, maintenance, gate} {
    prepare_fences();
}

void RobustQueueCore::join(const Call& call) {
    const auto entry = robust::join(call, self);
    if (entry == Participant::Entry::had) {
        return;
    }
    if (entry == Participant::Entry::taken_from_dead) {
        if (maintenance.recover_for_entry()) {
            self.drop_inherited();
        }
    } else if (holder_died(self) || is_held_by_dead(memory.body().senders, self) ||
               is_held_by_dead(memory.body().receivers, self)) {
        maintenance.try_reap(); // else a call that waits or finds nothing will
    }
}

void RobustQueueCore::remove_poll_fifo_if_unused() const noexcept {
    const auto file = status_of(segment.fd());
    if (file && file->st_nlink == 0 && nobody_lives(self)) {
        polling.remove();
    }
}

} // namespace crex::detail::robust
