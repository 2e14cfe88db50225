// SPDX-License-Identifier: BSL-1.0
#include "queue/robust_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <thread>

#include <sched.h>

#include "platform/backoff.hpp"
#include "platform/byte_lock.hpp"
#include "platform/cpu.hpp"
#include "platform/fence.hpp"
#include "robust/recovery.hpp"

// A handle's life, its waits, and what can be asked of the queue.

namespace crex::detail {

using namespace robust;
using namespace std::chrono_literals;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr int yields = 24;
constexpr int settlings_before_broken = 8;
constexpr auto wake_at_least_every = 100us;

// Joining and leaving a queue that goes with its last user, one at a time. The kernel lets go of it
// for whoever dies in between. Gives up after a while, in case somebody is stopped there.
class LifeLock {
public:
    explicit LifeLock(int fd) : fd_{fd} {
        const Deadline deadline{10s};
        while (lock_byte(fd_, life_byte) == ByteLock::another_s && !deadline.passed()) {
            std::this_thread::sleep_for(100us);
        }
    }
    ~LifeLock() { unlock_byte(fd_, life_byte); }
    LifeLock(const LifeLock&) = delete;
    LifeLock& operator=(const LifeLock&) = delete;

private:
    int fd_;
};

// Whether what needs the locks could be done. Where it need not be now, or not by this process.
template <class Body> bool whether_locked(Body body) {
    try {
        body();
        return true;
    } catch (const NotLocked&) {
    } catch (const Damage&) { // marked, so that it will be settled
    }
    return false;
}

[[noreturn]] void throw_closed(const Call& call) {
    throw_errno(call, EBADF, "the handle was closed during the wait");
}

bool nobody_lives(const Participant& self) {
    for (std::size_t entry = 0; entry < participants_max; ++entry) {
        const Identity who = self.at(entry);
        if (!who.is_nobody() && !self.is_certainly_dead(who)) {
            return false;
        }
    }
    return true;
}

} // namespace

RobustQueue::RobustQueue(std::string name, Segment segment, unsigned spin)
    : name_{std::move(name)}, segment_{std::move(segment)}, store_{segment_},
      self_{segment_.fd(), segment_.at<ParticipantEntry>(participants_offset)},
      ends_{store_, self_}, spin_{spin} {
    prepare_fences();
}

RobustQueue::~RobustQueue() {
    if (segment_.header().until_unused == 0 || !self_.joined()) {
        return;
    }
    const LifeLock life{segment_.fd()};
    self_.leave();
    if (nobody_lives(self_)) {
        retire();
    }
}

// All zeros is a lane with nothing in it, but for the sequences, which begin with 1.
void RobustQueue::begin() {
    store_.body().next_sequence.store(1);
    store_.body().head_sequence.store(1);
}

bool RobustQueue::join(const Call& call) {
    if (segment_.header().until_unused == 0) {
        take_seat(call);
        return true;
    }
    const LifeLock life{segment_.fd()};
    if (is_published() && nobody_lives(self_)) { // they have all died: it should be gone
        retire();
    }
    if ((store_.status() & retired) != 0) {
        return false;
    }
    take_seat(call);
    return true;
}

bool RobustQueue::is_published() const {
    const auto status = status_of(segment_.fd());
    return status && status->st_nlink != 0;
}

void RobustQueue::retire() {
    store_.set(retired);
    segment_.unlink_if_same({"", name_});
}

void RobustQueue::take_seat(const Call& call) {
    const Deadline soon{1s};
    switch (self_.join()) {
    case Participant::Seat::had:
        break;
    case Participant::Seat::none:
        throw_errno(call, EUSERS,
                    "it has " + std::to_string(participants_max) +
                        " handles open, and can have no more");
    case Participant::Seat::no_beacon:
        throw_errno(call, errno);
    case Participant::Seat::no_file:
        throw_errno(call, EACCES, "this forked process cannot open the queue for itself");
    case Participant::Seat::taken_from_dead:
        present_ = 0;
        if (whether_locked([&] { ends_.recover({soon, false}); })) {
            self_.settled_for_dead();
        }
        break;
    case Participant::Seat::taken:
        present_ = 0; // what a forked child has inherited counts its parent's threads
        if (somebody_died(self_)) {
            whether_locked([&] { ends_.bury_the_dead({soon, false}); });
        }
        break;
    }
}

void RobustQueue::enter_slowly(const Call& call) {
    if (locks_inside != 0) {
        throw_errno(call, EDEADLK,
                    "a signal handler has called it that interrupted a call of the same thread");
    }
    take_seat(call);
}

void RobustQueue::settle(const Call& call, const Patience& patience, int& settlings) {
    if ((store_.status() & broken) == 0 && ++settlings > settlings_before_broken) {
        store_.set(broken);
    }
    if ((store_.status() & broken) != 0) {
        throw_corrupt(call, "its memory makes no sense, and does not stay in order once put in "
                            "order; repair() or unlink it");
    }
    ends_.settle(patience, settlings > 1 ? Look::everywhere : Look::where_used);
}

RobustQueue::Step RobustQueue::not_locked(const Call& call, Locked reason) const {
    switch (reason) {
    case Locked::too_late:
        return Step::too_late;
    case Locked::interrupted:
        throw_errno(call, EINTR);
    case Locked::called_off:
        throw_closed(call);
    default:
        throw_corrupt(call, "somebody alive and running has held one of its locks for 10 s without "
                            "a change");
    }
}

bool RobustQueue::wait(const Call& call, const Deadline& deadline, EventCount& event) {
    if (spin(event)) {
        return true;
    }
    for (int i = 0; i < yields; ++i) {
        if (is_ready(event)) {
            return true;
        }
        sched_yield();
    }
    return sleep(call, deadline, event);
}

// Worth while only if what is waited for happens on another processor, and soon. When that has not
// been so for some time (both sides share a processor; messages are rare), it is tried only now and
// then.
bool RobustQueue::spin(EventCount& event) {
    constexpr unsigned patience = 4;
    constexpr unsigned now_and_then = 16;
    const unsigned in_vain = spun_in_vain_.load(relaxed);
    if (in_vain >= patience && in_vain % now_and_then != 0) {
        spun_in_vain_.store(in_vain + 1, relaxed);
        return is_ready(event);
    }
    for (unsigned i = 0; i < spin_; ++i) {
        if (is_ready(event)) {
            spun_in_vain_.store(0, relaxed);
            return true;
        }
        cpu_pause();
    }
    spun_in_vain_.store(in_vain + 1, relaxed);
    return false;
}

bool RobustQueue::sleep(const Call& call, const Deadline& deadline, EventCount& event) {
    auto& body = store_.body();
    EventCount& other = &event == &body.not_full ? body.not_empty : body.not_full;
    Waiting waiting{event};
    for (unsigned times = 1;; ++times) {
        if (closing_) {
            throw_closed(call);
        }
        if (is_ready(event)) {
            return true;
        }
        if (deadline.passed()) {
            return false;
        }
        if (has_waiters(other) && is_ready(other)) {
            wake_one(other); // before everybody sleeps
        }
        switch (waiting.sleep(deadline)) {
        case Slept::interrupted:
            throw_errno(call, EINTR);
        case Slept::timed_out:
            recheck(times, deadline);
            break;
        case Slept::woken:
            break;
        }
        waiting.announce();
    }
}

// Those who died with a lock in their hands are noticed by whoever wants it. Those who died with a
// loan or a lease are not, but for this.
// Who only ever tries, and never waits, looks as well, but no more often than those who do.
bool RobustQueue::recheck_after_try() {
    const std::int64_t now = Deadline::Clock::now().time_since_epoch().count();
    std::int64_t last = last_try_recheck_.load(relaxed);
    constexpr std::chrono::nanoseconds period = recheck_period;
    if (now - last < period.count() || !last_try_recheck_.compare_exchange_strong(last, now) ||
        !somebody_died(self_)) {
        return false;
    }
    return whether_locked([&] { ends_.bury_the_dead({Deadline{do_not_wait}, false}); });
}

void RobustQueue::recheck(unsigned times, const Deadline& deadline) {
    constexpr unsigned thoroughly_every = 20;
    if (somebody_died(self_, times % thoroughly_every == 0)) {
        whether_locked([&] { ends_.bury_the_dead({deadline, false}); });
    }
}

void RobustQueue::interrupt_waits() noexcept {
    closing_ = true;
    while (self_.joined() && present_ != 0) {
        wake_all(store_.body().not_empty);
        wake_all(store_.body().not_full);
        std::this_thread::sleep_for(100us);
    }
}

// Looked at without a lock, by whoever waits: a hint.

bool RobustQueue::has_message() const {
    const auto& body = store_.body();
    const std::uint32_t status = store_.status();
    if ((status & (unsettled | broken | robust::shut_down)) != 0) {
        return true; // something to be said, or done
    }
    if ((status & indexed) != 0) {
        return body.waiting.load(relaxed) != 0;
    }
    const std::uint32_t head = body.head.load(relaxed);
    return head >= store_.capacity() || !store_.slot(head).is(SlotState::free);
}

bool RobustQueue::has_room() const {
    const auto& body = store_.body();
    const std::uint32_t status = store_.status();
    if ((status & (unsettled | broken | robust::shut_down)) != 0) {
        return true;
    }
    if ((status & indexed) != 0) {
        return body.used.load(relaxed) < store_.capacity();
    }
    const std::uint32_t tail = body.tail.load(relaxed);
    return tail >= store_.capacity() || store_.slot(tail).is(SlotState::free);
}

std::size_t RobustQueue::current_messages() const {
    const auto& body = store_.body();
    const std::uint64_t count =
        (store_.status() & indexed) != 0
            ? body.waiting.load(relaxed)
            : body.next_sequence.load(relaxed) - body.head_sequence.load(relaxed);
    return std::min<std::uint64_t>(count, store_.capacity());
}

std::uint32_t RobustQueue::free_slots() const {
    const std::size_t taken =
        (store_.status() & indexed) != 0 ? store_.body().used.load(relaxed) : current_messages();
    return store_.capacity() - std::min(store_.capacity(), static_cast<std::uint32_t>(taken));
}

// Whether there is so much room that it is worth while to wake a sender for it: half of what could
// be free if all waiting messages were taken.
bool RobustQueue::is_roomy() const {
    const std::uint32_t room = free_slots();
    const auto waiting = static_cast<std::uint32_t>(current_messages());
    return room != 0 && room >= (room + waiting) / 2;
}

void RobustQueue::wake_after_adding() {
    auto& body = store_.body();
    if (has_waiters(body.not_empty)) [[unlikely]] {
        wake_one(body.not_empty);
    }
    if (has_waiters(body.not_full) && is_roomy()) [[unlikely]] {
        wake_one(body.not_full); // this sender was woken, and there is room for another
    }
}

void RobustQueue::wake_after_taking() {
    auto& body = store_.body();
    if (has_waiters(body.not_full) &&
        (is_roomy() || since_last_wake(body.not_full) >= wake_at_least_every)) [[unlikely]] {
        wake_one(body.not_full);
    }
    if (has_waiters(body.not_empty) && has_message()) [[unlikely]] {
        wake_one(body.not_empty); // likewise
    }
}

MessageQueueStats RobustQueue::stats() const {
    const auto& body = store_.body();
    MessageQueueStats stats;
    stats.sent = body.next_sequence.load(relaxed) - 1;
    stats.received = body.received.load(relaxed);
    stats.redelivered = body.redelivered.load(relaxed);
    stats.dead_lettered = body.dead_lettered.load(relaxed);
    stats.recoveries = body.recoveries.load(relaxed);
    stats.quarantined = body.quarantined.load(relaxed);
    stats.participants = self_.count();
    return stats;
}

void RobustQueue::shut_down(const Call& call) {
    complete(call, [&](const Attempt& attempt) {
        ends_.with_both(attempt.patience, [&] { store_.set(robust::shut_down); });
        return Step::done;
    });
    wake_all(store_.body().not_empty);
    wake_all(store_.body().not_full);
}

bool RobustQueue::is_shut_down() const { return (store_.status() & robust::shut_down) != 0; }

void RobustQueue::repair(const Call& call) {
    enter(call);
    const Deadline never{no_timeout};
    for (;;) {
        try {
            ends_.recover({never});
            return;
        } catch (const Damage&) { // by somebody else, at this very moment
        } catch (const NotLocked& failure) {
            if (failure.reason == Locked::interrupted) {
                throw_errno(call, EINTR);
            }
            store_.set(unsettled);
            ends_.force_open();
        }
    }
}

} // namespace crex::detail
