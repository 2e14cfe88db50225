// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/robust_queue.hpp"

// Sending and receiving by copy. A message up to a limit is copied under the lock, and is in the
// queue or out of it with one store; a larger one goes through a loan or a lease, and is copied
// while nobody waits for it.

namespace crex::detail {

using namespace robust;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// A bound on how long others wait for somebody's copy: about a microsecond or two. Not tuned.
constexpr std::size_t copied_under_lock = 64 << 10;

// After so many messages in a row that a lane could have taken, an empty queue becomes a lane
// again.
constexpr std::uint32_t calm = 64;

} // namespace

bool RobustQueue::send(const Call& call, std::span<const std::byte> body, unsigned priority,
                       const Deadline& deadline) {
    enter(call);
    return send_at_once(body, priority) ||
           RobustQueue::send_many(call, {&body, 1}, priority, deadline) == 1;
}

// The usual case without detours: a queue in order, with room at hand, whose end nobody else is
// using. False, and nothing done, in any other: which is why the status is looked at before the
// lock is touched.
bool RobustQueue::send_at_once(std::span<const std::byte> body, unsigned priority) try {
    const std::uint32_t status = memory_.status();
    if (body.size() > copied_under_lock || (status & ~indexed) != 0) {
        return false;
    }
    {
        const auto hold = ends_.try_senders();
        if (!hold || memory_.status() != status ||
            !(status == 0 ? robust::add_to_lane(memory_, body, priority) == Added::yes
                          : !is_calm() && put_into_index(body, priority))) {
            return false;
        }
    }
    message_added();
    return true;
} catch (const Damage&) {
    return false;
}

std::size_t RobustQueue::send_many(const Call& call,
                                   std::span<const std::span<const std::byte>> bodies,
                                   unsigned priority, const Deadline& deadline) {
    auto left = bodies;
    try {
        while (!left.empty()) {
            const bool large = left.front().size() > copied_under_lock;
            if (large ? !send_large(call, left.front(), priority, deadline)
                      : !persist(call, waiting_until(deadline), &memory_.body().not_full,
                                 [&](const Attempt& attempt) {
                                     return add(call, attempt, left, priority);
                                 })) {
                break;
            }
            left = left.subspan(large ? 1 : 0);
            message_added();
        }
    } catch (...) {
        if (left.size() == bodies.size()) {
            throw;
        }
    }
    return bodies.size() - left.size();
}

// Adds what fits, and takes it off the front of `bodies`.
RobustQueue::Step RobustQueue::add(const Call& call, const Attempt& attempt, Bodies& bodies,
                                   unsigned priority) {
    if ((attempt.status & robust::shut_down) != 0) {
        throw_errno(call, ESHUTDOWN, "the queue was shut down");
    }
    if ((attempt.status & indexed) != 0) {
        return add_to_index(attempt, bodies, priority);
    }
    const Step step = add_to_lane(attempt, bodies, priority);
    if (step == Step::must_switch) {
        ends_.switch_to_index(attempt.wait_options);
        return Step::again;
    }
    return step;
}

// Whether one more may be copied under the same lock.
bool RobustQueue::continues(const Bodies& bodies, std::size_t copied) {
    return !bodies.empty() && copied + bodies.front().size() <= copied_under_lock;
}

RobustQueue::Step RobustQueue::add_to_lane(const Attempt& attempt, Bodies& bodies,
                                           unsigned priority) {
    const Grip grip{*this, attempt, memory_.body().senders, Change::a_message};
    if (!grip) {
        return Step::again;
    }
    Step step = Step::nothing;
    std::size_t copied = 0;
    do {
        switch (robust::add_to_lane(memory_, bodies.front(), priority)) {
        case Added::yes:
            break;
        case Added::full:
            return step;
        case Added::must_be_indexed:
            return step == Step::done ? step : Step::must_switch;
        }
        copied += bodies.front().size();
        bodies = bodies.subspan(1);
        step = Step::done;
    } while (continues(bodies, copied));
    return step;
}

RobustQueue::Step RobustQueue::add_to_index(const Attempt& attempt, Bodies& bodies,
                                            unsigned priority) {
    if (is_calm() && free_slots() == memory_.capacity()) {
        ends_.switch_to_lane(attempt.wait_options);
        return Step::again;
    }
    const Grip grip{*this, attempt, memory_.body().senders, Change::a_message};
    if (!grip) {
        return Step::again;
    }
    Step step = Step::nothing;
    std::size_t copied = 0;
    do {
        if (!put_into_index(bodies.front(), priority)) {
            return step == Step::done ? step : refill(attempt);
        }
        copied += bodies.front().size();
        bodies = bodies.subspan(1);
        step = Step::done;
    } while (continues(bodies, copied));
    return step;
}

// Whether it is time to ask if the queue could be a lane again.
bool RobustQueue::is_calm() const {
    const std::uint32_t in_order = memory_.body().in_order.load(relaxed);
    return in_order != 0 && in_order % calm == 0;
}

// Under the senders' lock, with what there is at this end. False when that does not do.
bool RobustQueue::put_into_index(std::span<const std::byte> body, unsigned priority) {
    if (!HandoffRing{memory_}.has_room()) {
        return false;
    }
    const std::uint32_t slot = FreeSlots{memory_}.take();
    if (slot == no_slot) {
        return false;
    }
    std::memcpy(memory_.slot(slot).payload(), body.data(), body.size());
    make_ready(slot, body.size(), priority);
    return true;
}

// Under the senders' lock, when this end has no free slot or no room for an arrival.
RobustQueue::Step RobustQueue::refill(const Attempt& attempt) {
    const FreeSlots free_slots{memory_};
    if (free_slots.is_empty() && !free_slots.can_fetch()) {
        return Step::nothing;
    }
    return fetch_and_drain(attempt);
}

// The same with the other end's help: gets what was given back, and puts away what has arrived.
RobustQueue::Step RobustQueue::fetch_and_drain(const Attempt& attempt) {
    std::optional<Ends::Hold> hold;
    if ((attempt.status & pollable) == 0) { // else it is held already
        hold.emplace(ends_, memory_.body().receivers, ends_.with_senders(attempt.wait_options));
    }
    if (memory_.status() == attempt.status) {
        const auto& body = memory_.body();
        FreeSlots{memory_}.fetch();
        PriorityIndex{memory_}.drain();
        memory_.require(body.head_sequence.load(relaxed) == body.next_sequence.load(relaxed));
    }
    return Step::again;
}

// Makes a message of a slot whose payload is written, under the senders' lock and with room for an
// arrival. Whatever goes wrong before the slot is ready, the message was not sent.
void RobustQueue::make_ready(std::uint32_t number, std::size_t size, unsigned priority) {
    auto& body = memory_.body();
    Slot& slot = memory_.slot(number);
    const std::uint64_t sequence = body.next_sequence.load(relaxed);
    slot.size.store(static_cast<std::uint32_t>(size), relaxed);
    slot.priority.store(priority, relaxed);
    slot.sequence.store(sequence, relaxed);
    slot.become(Control::ready());
    HandoffRing{memory_}.add({number, priority}, sequence);
    body.next_sequence.store(sequence + 1, relaxed);
    body.in_order.store(
        priority <= body.last_priority.load(relaxed) ? body.in_order.load(relaxed) + 1 : 0,
        relaxed);
    body.last_priority.store(priority, relaxed);
}

bool RobustQueue::send_large(const Call& call, std::span<const std::byte> body, unsigned priority,
                             const Deadline& deadline) {
    const auto room = loan(call, body.size(), deadline);
    if (!room) {
        return false;
    }
    std::memcpy(room->bytes.data(), body.data(), body.size());
    return let_go_or_lay_aside(*room, [&] {
        return commit_in_time(call, *room, body.size(), priority, waiting_until(deadline));
    });
}

std::optional<ReceivedMessage> RobustQueue::receive(const Call& call, std::span<std::byte> buffer,
                                                    const Deadline& deadline) {
    enter(call);
    Content content{};
    if (receive_at_once(buffer, content)) {
        return ReceivedMessage{content.size, content.priority};
    }
    ReceivedMessage received;
    return RobustQueue::receive_many(call, buffer, {&received, 1}, deadline) == 1
               ? std::optional{received}
               : std::nullopt;
}

// As send_at_once(): a queue that has a message.
bool RobustQueue::receive_at_once(std::span<std::byte> buffer, Content& content) try {
    const std::uint32_t status = memory_.status();
    if ((status & ~indexed) != 0) {
        return false;
    }
    {
        const auto hold = ends_.try_receivers();
        if (!hold || memory_.status() != status ||
            !(status == 0 ? copy_from_lane(buffer, content) : copy_from_index(buffer, content))) {
            return false;
        }
    }
    message_taken();
    return true;
} catch (const Damage&) {
    return false;
}

bool RobustQueue::copy_from_lane(std::span<std::byte> buffer, Content& content) {
    Slot* const slot = first_in_lane(memory_);
    if (slot == nullptr) {
        return false;
    }
    content = content_of(memory_, *slot);
    std::memcpy(buffer.data(), slot->payload(), content.size);
    drop_first_in_lane(memory_, *slot);
    return true;
}

bool RobustQueue::copy_from_index(std::span<std::byte> buffer, Content& content) {
    ReceivedMessage received;
    ReceiveBatch taking{buffer, {&received, 1}};
    taking.may_lease = false;
    if (!take_from_index(taking)) {
        return false;
    }
    content = {static_cast<std::uint32_t>(received.size), received.priority};
    return true;
}

std::size_t RobustQueue::receive_many(const Call& call, std::span<std::byte> buffer,
                                      std::span<ReceivedMessage> received,
                                      const Deadline& deadline) {
    const Deadline at_once{do_not_wait};
    ReceiveBatch taking{buffer, received};
    TimeToMove time{deadline};
    try {
        while (!taking.received.empty() &&
               persist(call, waiting_until(taking.count == 0 ? deadline : at_once),
                       &memory_.body().not_empty,
                       [&](const Attempt& attempt) { return take(call, attempt, taking); })) {
            if (taking.held) {
                finish(call, taking, waiting_until(deadline));
            }
            message_taken();
            if (taking.count == 0 && !time.is_left()) {
                break;
            }
        }
    } catch (...) {
        if (taking.count == 0) {
            throw;
        }
    }
    return taking.count;
}

// Takes what is there and fits.
RobustQueue::Step RobustQueue::take(const Call& call, const Attempt& attempt,
                                    ReceiveBatch& taking) {
    const std::size_t before = taking.count;
    {
        const Grip grip{*this, attempt, memory_.body().receivers, Change::room};
        if (!grip) {
            return Step::again;
        }
        const bool lane = (attempt.status & indexed) == 0;
        taking.copied = 0;
        while (taking.continues() && (lane ? take_from_lane(taking) : take_from_index(taking))) {
        }
    }
    if (taking.count != before || taking.held || taking.received.empty()) {
        return Step::done;
    }
    expect_more(call, attempt);
    return Step::nothing;
}

bool RobustQueue::ReceiveBatch::continues() const {
    return !received.empty() && !held && copied <= copied_under_lock;
}

bool RobustQueue::ReceiveBatch::put(const std::byte* payload, Content content) {
    if (content.size > buffer.size()) {
        return false;
    }
    std::memcpy(buffer.data(), payload, content.size);
    received.front() = {content.size, content.priority};
    received = received.subspan(1);
    buffer = buffer.subspan(content.size);
    copied += content.size;
    ++count;
    return true;
}

bool RobustQueue::take_from_lane(ReceiveBatch& taking) {
    Slot* const slot = first_in_lane(memory_);
    if (slot == nullptr || !taking.put(slot->payload(), content_of(memory_, *slot))) {
        return false;
    }
    drop_first_in_lane(memory_, *slot);
    return true;
}

bool RobustQueue::take_from_index(ReceiveBatch& taking) {
    PriorityIndex index{memory_};
    index.drain();
    const std::uint32_t number = index.front();
    if (number == no_slot) {
        return false;
    }
    Slot& slot = memory_.slot(number);
    const Content content = content_of(memory_, slot);
    if (is_poison(slot.load()) || content.size > copied_under_lock) {
        const bool leased = taking.may_lease && taking.count == 0; // else a batch ends before it
        if (leased) {
            index.pop_front();
            taking.held = lend(number, SlotState::leased, content.size, content.priority);
        }
        return leased;
    }
    if (!taking.put(slot.payload(), content)) {
        return false;
    }
    index.pop_front();
    retire_message(number, memory_.body().received);
    return true;
}

// A message that is done with, which is counted. The store of the slot's state comes last.
void RobustQueue::retire_message(std::uint32_t number, std::atomic<std::uint64_t>& counter) {
    FreeSlots{memory_}.give_back(number);
    counter.store(counter.load(relaxed) + 1, relaxed);
    memory_.slot(number).become(Control{});
}

// A message that could not be copied under the lock, or has been tried too often.
void RobustQueue::finish(const Call& call, ReceiveBatch& taking, const WaitOptions& wait_options) {
    const SlotClaim lease = *std::exchange(taking.held, std::nullopt);
    if (is_poison(Control{lease.control}) && moved_to_dead_letters(call, lease, wait_options)) {
        return;
    }
    (void)taking.put(lease.bytes.data(),
                     {static_cast<std::uint32_t>(lease.bytes.size()), lease.priority});
    let_go_or_lay_aside(
        lease, [&] { return retire_lease(call, lease, memory_.body().received, wait_options); });
}

// What an empty queue says once it is shut down.
void RobustQueue::expect_more(const Call& call, const Attempt& attempt) {
    if ((attempt.status & robust::shut_down) != 0) {
        throw_errno(call, ESHUTDOWN, "the queue was shut down, and has no more messages");
    }
}

} // namespace crex::detail
