// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <new>

#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/robust_queue.hpp"

// Loans and leases: slots that are out of the queue's hands, and how they come back. While there
// are any the queue is an index. A slot's control word says whose it is, so whoever dies with one
// leaves it to whoever looks.

namespace crex::detail {

using namespace robust;
using namespace std::chrono_literals;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

} // namespace

std::optional<SlotClaim> RobustQueue::loan(const Call& call, std::size_t size,
                                           const Deadline& deadline) {
    std::optional<SlotClaim> held;
    persist(call, waiting_until(deadline), &memory_.body().not_full,
            [&](const Attempt& attempt) { return claim(call, attempt, size, held); });
    return held;
}

RobustQueue::Step RobustQueue::claim(const Call& call, const Attempt& attempt, std::size_t size,
                                     std::optional<SlotClaim>& held) {
    if ((attempt.status & robust::shut_down) != 0) {
        throw_errno(call, ESHUTDOWN, "the queue was shut down");
    }
    if ((attempt.status & indexed) == 0) {
        if (!has_room()) {
            return Step::nothing;
        }
        ends_.switch_to_index(attempt.wait_options);
        return Step::again;
    }
    const Grip grip{*this, attempt, memory_.body().senders, Change::neither};
    if (!grip) {
        return Step::again;
    }
    const std::uint32_t slot = FreeSlots{memory_}.take();
    if (slot == no_slot) {
        return refill(attempt);
    }
    held = lend(slot, SlotState::writing, size, 0);
    return Step::done;
}

// Makes the slot ours, under its end's lock. A death before the change leaves it what it was, one
// after it a slot of somebody dead.
SlotClaim RobustQueue::lend(std::uint32_t number, SlotState state, std::size_t size,
                            std::uint32_t priority) {
    auto& claims = state == SlotState::writing ? memory_.body().loans : memory_.body().leases;
    Slot& slot = memory_.slot(number);
    const std::uint32_t tag = claims.load(relaxed) + 1;
    claims.store(tag, relaxed);
    const Control from = slot.load();
    const Control ours{state, self_.me(), from.attempts(), tag};
    self_.holds_one_more();
    if (!slot.change(from, ours)) {
        self_.holds_one_less();
        memory_.damaged();
    }
    death_watch_.call_watcher();
    return {{slot.payload(), size}, number, ours.bits(), priority, from.attempts()};
}

// Runs `body` under the lock of one end, to make something else of a slot that is ours. False, and
// nothing done, when the lock could not be taken in time.
template <class Body>
bool RobustQueue::let_go(const Call& call, const SlotClaim& held, Lock& end, Change change,
                         const WaitOptions& wait_options, Body body) {
    const char* const lost = "it is no longer this process's";
    if (!self_.joined()) {
        throw_errno(call, ESTALE, lost);
    }
    const bool mine = Control{held.control}.owner() == self_.me();
    bool done = false;
    const auto attempt_it = [&](const Attempt& attempt) {
        const Grip grip{*this, attempt, end, change};
        if (!grip) {
            return Step::again;
        }
        if (!mine || memory_.slot(held.slot).load().bits() != held.control) {
            return Step::done;
        }
        memory_.require((attempt.status & indexed) != 0);
        const Step step = body(attempt);
        done = step == Step::done;
        return step;
    };
    if (!persist(call, wait_options, nullptr, attempt_it)) {
        return false;
    }
    if (mine) {
        self_.holds_one_less();
    }
    if (!done) {
        throw_errno(call, ESTALE, lost);
    }
    return true;
}

// What a call holds and cannot let go of in time. The slot is no message's any more, whatever
// happens: after a death of this process, or once the handle is closed, recovery makes it free,
// like any that was being written to. Until then the next call of this handle that takes a lock
// does so.
void RobustQueue::lay_aside(SlotClaim held) noexcept {
    const Control before{held.control};
    const Control now = before.as(SlotState::writing);
    if (before != now && !memory_.slot(held.slot).change(before, now)) {
        self_.holds_one_less(); // it is no longer ours
        return;
    }
    held.control = now.bits();
    try {
        const InsideLock inside;
        const std::lock_guard lock{laying_aside_};
        laid_aside_.push_back(held);
        has_laid_aside_ = true;
    } catch (const std::bad_alloc&) { // then it stays until the handle is closed
    }
}

// Whether something was let go of.
bool RobustQueue::let_go_of_laid_aside() noexcept {
    if (!has_laid_aside_.load(relaxed)) [[likely]] {
        return false;
    }
    bool any = false;
    std::vector<SlotClaim> all;
    {
        const InsideLock inside;
        const std::lock_guard lock{laying_aside_};
        all.swap(laid_aside_);
        has_laid_aside_ = false;
    }
    bool is_locked_out = false; // each would wait for the lock anew
    for (const SlotClaim& each : all) {
        if (is_locked_out) {
            lay_aside(each);
            continue;
        }
        try {
            is_locked_out = !let_go_or_lay_aside(each, [&] { return free_slot(each); });
            any = any || !is_locked_out;
        } catch (const std::exception&) { // it is no longer ours, or is laid aside again
        }
    }
    return any;
}

// Does not wait.
bool RobustQueue::free_slot(const SlotClaim& laid_aside) {
    const Deadline now{do_not_wait};
    const Call call{"MessageQueue", name_};
    const bool done = let_go(call, laid_aside, memory_.body().receivers, Change::room,
                             {now, false, &closing_}, [&](const Attempt&) {
                                 FreeSlots{memory_}.give_back(laid_aside.slot);
                                 memory_.slot(laid_aside.slot).become(Control{});
                                 return Step::done;
                             });
    if (done) {
        message_taken();
    }
    return done;
}

void RobustQueue::commit(const Call& call, const SlotClaim& held, std::size_t size,
                         unsigned priority) {
    (void)commit_in_time(call, held, size, priority, waiting_for_ever());
    message_added();
}

bool RobustQueue::commit_in_time(const Call& call, const SlotClaim& held, std::size_t size,
                                 unsigned priority, const WaitOptions& wait_options) {
    const auto body = [&](const Attempt& attempt) {
        if ((attempt.status & robust::shut_down) != 0) {
            throw_errno(call, ESHUTDOWN, "the queue was shut down");
        }
        if (!HandoffRing{memory_}.has_room()) {
            return fetch_and_drain(attempt);
        }
        make_ready(held.slot, size, priority);
        return Step::done;
    };
    return let_go(call, held, memory_.body().senders, Change::a_message, wait_options, body);
}

void RobustQueue::drop(const SlotClaim& held) noexcept {
    try {
        let_go({"Loan::~Loan", name_}, held, memory_.body().senders, Change::room,
               waiting_for_ever(), [&](const Attempt&) {
                   FreeSlots{memory_}.put(held.slot);
                   memory_.slot(held.slot).become(Control{});
                   return Step::done;
               });
        message_taken();
    } catch (...) { // then it was not ours to drop, or whoever recovers the queue will
    }
}

std::optional<SlotClaim> RobustQueue::lease(const Call& call, const Deadline& deadline) {
    for (TimeToMove time{deadline};;) {
        std::optional<SlotClaim> held;
        persist(call, waiting_until(deadline), &memory_.body().not_empty,
                [&](const Attempt& attempt) { return take_lease(call, attempt, held); });
        if (!held || !is_poison(Control{held->control}) ||
            !moved_to_dead_letters(call, *held, waiting_until(deadline))) {
            return held;
        }
        if (!time.is_left()) {
            return std::nullopt;
        }
    }
}

RobustQueue::Step RobustQueue::take_lease(const Call& call, const Attempt& attempt,
                                          std::optional<SlotClaim>& held) {
    if ((attempt.status & indexed) == 0 && has_message()) {
        ends_.switch_to_index(attempt.wait_options);
        return Step::again;
    }
    const Grip grip{*this, attempt, memory_.body().receivers, Change::neither};
    if (!grip) {
        return Step::again;
    }
    if ((attempt.status & indexed) == 0) {
        if (first_in_lane(memory_) != nullptr) {
            return Step::again;
        }
        expect_more(call, attempt);
        return Step::nothing;
    }
    PriorityIndex index{memory_};
    index.drain();
    const std::uint32_t number = index.front();
    if (number == no_slot) {
        expect_more(call, attempt);
        return Step::nothing;
    }
    const Content content = content_of(memory_, memory_.slot(number));
    index.pop_front();
    held = lend(number, SlotState::leased, content.size, content.priority);
    return Step::done;
}

void RobustQueue::acknowledge(const Call& call, const SlotClaim& lease) {
    (void)retire_lease(call, lease, memory_.body().received, waiting_for_ever());
}

bool RobustQueue::retire_lease(const Call& call, const SlotClaim& lease,
                               std::atomic<std::uint64_t>& counter,
                               const WaitOptions& wait_options) {
    const auto body = [&](const Attempt&) {
        retire_message(lease.slot, counter);
        return Step::done;
    };
    const bool done =
        let_go(call, lease, memory_.body().receivers, Change::room, wait_options, body);
    if (done) {
        message_taken();
    }
    return done;
}

void RobustQueue::give_back(const Call& call, const SlotClaim& lease, Tried tried) {
    const auto body = [&](const Attempt&) {
        const Control control{lease.control};
        memory_.require(lease.priority < priorities);
        PriorityIndex{memory_}.put_back(lease.slot, lease.priority);
        memory_.body().redelivered.fetch_add(1, relaxed);
        memory_.slot(lease.slot)
            .become(Control::ready(tried == Tried::yes ? control.attempts_after_another()
                                                       : control.attempts()));
        return Step::done;
    };
    (void)let_go(call, lease, memory_.body().receivers, Change::a_message, waiting_for_ever(),
                 body);
    message_added();
}

bool RobustQueue::is_poison(Control control) const {
    const unsigned limit = segment_.header().max_attempts;
    return limit != 0 && control.attempts() >= limit;
}

// A death between the two leaves the message in both queues.
bool RobustQueue::moved_to_dead_letters(const Call& call, const SlotClaim& lease,
                                        const WaitOptions& wait_options) {
    const Deadline at_once{do_not_wait};
    try {
        const auto queue = dead_letters(call, wait_options.deadline);
        if (lease.bytes.size() > queue->max_message_size() ||
            !queue->send(call, lease.bytes, lease.priority, at_once)) {
            return false; // it is too small, or full
        }
    } catch (const std::exception&) { // it is gone, or broken: the message still is not
        return false;
    }
    let_go_or_lay_aside(lease, [&] {
        return retire_lease(call, lease, memory_.body().dead_lettered, wait_options);
    });
    return true;
}

// Opened each time: it may have been unlinked, and another made, and this happens seldom. Whoever
// does not wait has a moment for it.
std::unique_ptr<RobustQueue> RobustQueue::dead_letters(const Call& call,
                                                       const Deadline& deadline) const {
    const Call its_call{call.function, segment_.header().dead_letter.data()};
    const auto moment = deadline.moment();
    const auto now = Deadline::Clock::now();
    const std::chrono::nanoseconds time = moment > now ? moment - now : std::chrono::nanoseconds{0};
    auto queue =
        open(its_call, {}, Deadline{std::clamp<std::chrono::nanoseconds>(time, 20ms, 10s)});
    if (!queue) {
        throw_errno(its_call, ENOENT);
    }
    return queue;
}

std::optional<Message> RobustQueue::peek(const Call& call) {
    std::optional<Message> message{std::in_place};
    for (bool copied = false; !copied && message;) {
        std::size_t needed = 0;
        complete(call, [&](const Attempt& attempt) {
            const auto hold = ends_.receivers(attempt.wait_options);
            if (memory_.status() != attempt.status) {
                return Step::again;
            }
            Slot* const slot = front(attempt.status);
            if (slot == nullptr) {
                message.reset();
                return Step::done;
            }
            const Content content = content_of(memory_, *slot);
            needed = content.size;
            copied = message->body.size() >= needed;
            if (copied) {
                std::memcpy(message->body.data(), slot->payload(), needed);
                message->priority = content.priority;
            }
            return Step::done;
        });
        if (message) {
            message->body.resize(needed); // not under the lock, where nothing is allocated
        }
    }
    return message;
}

Slot* RobustQueue::front(std::uint32_t status) const {
    if ((status & indexed) == 0) {
        return first_in_lane(memory_);
    }
    PriorityIndex index{memory_};
    index.drain();
    const std::uint32_t number = index.front();
    return number == no_slot ? nullptr : &memory_.slot(number);
}

} // namespace crex::detail
