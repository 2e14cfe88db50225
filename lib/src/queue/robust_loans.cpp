// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <cstring>

#include "queue/robust_queue.hpp"
#include "robust/lane.hpp"

// Loans and leases: slots that are out of the queue's hands, and how they come back. While there
// are any the queue is an index. A slot's control word says whose it is, so whoever dies with one
// leaves it to whoever looks.

namespace crex::detail {

using namespace robust;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

} // namespace

std::optional<Held> RobustQueue::loan(const Call& call, std::size_t size,
                                      const Deadline& deadline) {
    std::optional<Held> held;
    persist(call, waiting_until(deadline), &store_.body().not_full,
            [&](const Attempt& attempt) { return claim(call, attempt, size, held); });
    return held;
}

RobustQueue::Step RobustQueue::claim(const Call& call, const Attempt& attempt, std::size_t size,
                                     std::optional<Held>& held) {
    if ((attempt.status & robust::shut_down) != 0) {
        throw_errno(call, ESHUTDOWN, "the queue was shut down");
    }
    if ((attempt.status & indexed) == 0) {
        if (!has_room()) {
            return Step::nothing;
        }
        ends_.turn(attempt.patience);
        return Step::again;
    }
    const Grip grip{*this, attempt, store_.body().senders, Change::neither};
    if (!grip) {
        return Step::again;
    }
    const std::uint32_t slot = Supply{store_}.take();
    if (slot == no_slot) {
        return restock(attempt);
    }
    held = lend(slot, SlotState::writing, size, 0);
    return Step::done;
}

// Makes the slot ours, under its end's lock. A death before the change leaves it what it was, one
// after it a slot of somebody dead.
Held RobustQueue::lend(std::uint32_t number, SlotState state, std::size_t size,
                       std::uint32_t priority) {
    auto& claims = state == SlotState::writing ? store_.body().loans : store_.body().leases;
    Slot& slot = store_.slot(number);
    const std::uint32_t tag = claims.load(relaxed) + 1;
    claims.store(tag, relaxed);
    const Control from = slot.load();
    const Control ours{state, self_.me(), from.attempts(), tag};
    self_.holds_one_more();
    if (!slot.change(from, ours)) {
        self_.holds_one_less();
        store_.damaged();
    }
    return {{slot.payload(), size}, number, ours.bits(), priority, from.attempts()};
}

// Runs `body` under the lock of one end, to make something else of a slot that is ours.
template <class Body>
void RobustQueue::let_go(const Call& call, const Held& held, Lock& end, Change change, Body body) {
    const char* const lost = "it is no longer this process's";
    if (!self_.joined()) {
        throw_errno(call, ESTALE, lost);
    }
    const bool mine = Control{held.control}.owner() == self_.me();
    bool done = false;
    complete(call, [&](const Attempt& attempt) {
        const Grip grip{*this, attempt, end, change};
        if (!grip) {
            return Step::again;
        }
        if (!mine || store_.slot(held.slot).load().bits() != held.control) {
            return Step::done;
        }
        store_.require((attempt.status & indexed) != 0);
        const Step step = body(attempt);
        done = step == Step::done;
        return step;
    });
    if (mine) {
        self_.holds_one_less();
    }
    if (!done) {
        throw_errno(call, ESTALE, lost);
    }
}

void RobustQueue::commit(const Call& call, const Held& held, std::size_t size, unsigned priority) {
    let_go(call, held, store_.body().senders, Change::a_message, [&](const Attempt& attempt) {
        if ((attempt.status & robust::shut_down) != 0) {
            throw_errno(call, ESHUTDOWN, "the queue was shut down");
        }
        if (!Arrivals{store_}.has_room()) {
            return make_way(attempt);
        }
        make_ready(held.slot, size, priority);
        return Step::done;
    });
    message_added();
}

void RobustQueue::drop(const Held& held) noexcept {
    try {
        let_go({"Loan::~Loan", name_}, held, store_.body().senders, Change::room,
               [&](const Attempt&) {
                   Supply{store_}.put(held.slot);
                   store_.slot(held.slot).become(Control{});
                   return Step::done;
               });
        message_taken();
    } catch (...) { // then it was not ours to drop, or whoever recovers the queue will
    }
}

std::optional<Held> RobustQueue::lease(const Call& call, const Deadline& deadline) {
    for (;;) {
        std::optional<Held> held;
        persist(call, waiting_until(deadline), &store_.body().not_empty,
                [&](const Attempt& attempt) { return take_lease(call, attempt, held); });
        if (!held || !is_poison(Control{held->control}) || !moved_to_dead_letters(call, *held)) {
            return held;
        }
    }
}

RobustQueue::Step RobustQueue::take_lease(const Call& call, const Attempt& attempt,
                                          std::optional<Held>& held) {
    if ((attempt.status & indexed) == 0 && has_message()) {
        ends_.turn(attempt.patience);
        return Step::again;
    }
    const Grip grip{*this, attempt, store_.body().receivers, Change::neither};
    if (!grip) {
        return Step::again;
    }
    if ((attempt.status & indexed) == 0) {
        if (first_in_lane(store_) != nullptr) {
            return Step::again;
        }
        expect_more(call, attempt);
        return Step::nothing;
    }
    Index index{store_};
    index.admit();
    const std::uint32_t number = index.front();
    if (number == no_slot) {
        expect_more(call, attempt);
        return Step::nothing;
    }
    const Content content = content_of(store_, store_.slot(number));
    index.pop_front();
    held = lend(number, SlotState::leased, content.size, content.priority);
    return Step::done;
}

void RobustQueue::acknowledge(const Call& call, const Held& lease) {
    retire_lease(call, lease, store_.body().received);
}

void RobustQueue::retire_lease(const Call& call, const Held& lease,
                               std::atomic<std::uint64_t>& counter) {
    let_go(call, lease, store_.body().receivers, Change::room, [&](const Attempt&) {
        retire_message(lease.slot, counter);
        return Step::done;
    });
    message_taken();
}

void RobustQueue::give_back(const Call& call, const Held& lease) {
    let_go(call, lease, store_.body().receivers, Change::a_message, [&](const Attempt&) {
        const Control control{lease.control};
        store_.require(lease.priority < priorities);
        Index{store_}.put_back(lease.slot, lease.priority);
        store_.body().redelivered.fetch_add(1, relaxed);
        store_.slot(lease.slot).become(Control::ready(control.attempts_after_another()));
        return Step::done;
    });
    message_added();
}

bool RobustQueue::is_poison(Control control) const {
    const unsigned limit = segment_.header().max_attempts;
    return limit != 0 && control.attempts() >= limit;
}

// A death between the two leaves the message in both queues.
bool RobustQueue::moved_to_dead_letters(const Call& call, const Held& lease) {
    const Deadline at_once{do_not_wait};
    try {
        const auto queue = dead_letters(call);
        if (lease.bytes.size() > queue->max_message_size() ||
            !queue->send(call, lease.bytes, lease.priority, at_once)) {
            return false; // it is too small, or full
        }
    } catch (const std::exception&) { // it is gone, or broken: the message still is not
        return false;
    }
    retire_lease(call, lease, store_.body().dead_lettered);
    return true;
}

// Opened each time: it may have been unlinked, and another made, and this happens seldom.
std::unique_ptr<Queue> RobustQueue::dead_letters(const Call& call) const {
    const Call its_call{call.function, segment_.header().dead_letter.data()};
    auto queue = robust_backend.open(its_call, {});
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
            const auto hold = ends_.receivers(attempt.patience);
            if (store_.status() != attempt.status) {
                return Step::again;
            }
            Slot* const slot = front(attempt.status);
            if (slot == nullptr) {
                message.reset();
                return Step::done;
            }
            const Content content = content_of(store_, *slot);
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
        return first_in_lane(store_);
    }
    Index index{store_};
    index.admit();
    const std::uint32_t number = index.front();
    return number == no_slot ? nullptr : &store_.slot(number);
}

} // namespace crex::detail
