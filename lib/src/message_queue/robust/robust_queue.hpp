// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <crex/error.hpp>

#include "message_queue/backend.hpp"
#include "message_queue/notifier.hpp"
#include "message_queue/robust/ends.hpp"
#include "message_queue/robust/free_slots.hpp"
#include "message_queue/robust/handoff_ring.hpp"
#include "message_queue/robust/lane.hpp"
#include "message_queue/robust/poll_fifo.hpp"
#include "message_queue/robust/priority_index.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "message_queue/waiting_receivers.hpp"
#include "robust/death_watch.hpp"
#include "robust/eagerness.hpp"
#include "robust/link_watch.hpp"
#include "robust/participant.hpp"
#include "robust/segment.hpp"

namespace crex::detail {

// A handle on a robust queue: what a message goes through, on a lane or an index
// (queue_memory.hpp).
//
// Every call is a loop: look at the status, put the queue in order if that is needed, try under a
// lock, and if there is nothing to do, wait until it looks as if there were.
class RobustQueue final : public Queue, public QueueExtras {
public:
    // Takes no part yet; see attach(). Only some of the options are for a handle.
    RobustQueue(std::string name, robust::Segment segment, const MessageQueueOptions& options);
    ~RobustQueue() override;

    // One that is there, with an entry in it. Null when there is none; waits until the deadline for
    // somebody who is removing it.
    static std::unique_ptr<RobustQueue> open(const Call& call, const MessageQueueOptions& options,
                                             const Deadline& deadline);

    // Makes a queue of a new segment's zeros.
    void begin();

    // Claims an entry among the participants, unless it has one.
    void attach(const Call& call);

    [[nodiscard]] const robust::Segment& segment() const { return segment_; }

    bool send(const Call& call, std::span<const std::byte> body, unsigned priority,
              const Deadline& deadline) override;
    std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                           const Deadline& deadline) override;
    std::size_t send_many(const Call& call, std::span<const std::span<const std::byte>> bodies,
                          unsigned priority, const Deadline& deadline) override;
    std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                             std::span<ReceivedMessage> received,
                             const Deadline& deadline) override;

    [[nodiscard]] std::size_t max_messages() const override { return memory_.capacity(); }
    [[nodiscard]] std::size_t max_message_size() const override { return memory_.max_size(); }
    [[nodiscard]] std::size_t current_messages() const override;
    [[nodiscard]] ObjectId id() const override { return segment_.id(); }
    [[nodiscard]] bool is_linked(const std::string& name) const override {
        return segment_.is_linked(name);
    }
    [[nodiscard]] QueueExtras* extras() noexcept override { return this; }
    [[nodiscard]] int ready_fd(const Call& call) override;
    void notify(const Call& call, Notification notification, SecondRequest second) override;
    void cancel_notification() noexcept override { notifier_.cancel(); }
    void end_notification() noexcept override { notifier_.end(); }

    // When nobody is left who could use an unlinked queue, its poll FIFO goes, too.
    void remove_poll_fifo_if_unused() const noexcept;

    std::optional<SlotClaim> loan(const Call& call, std::size_t size,
                                  const Deadline& deadline) override;
    void commit(const Call& call, const SlotClaim& held, std::size_t size,
                unsigned priority) override;
    void drop(const SlotClaim& held) noexcept override;
    std::optional<SlotClaim> lease(const Call& call, const Deadline& deadline) override;
    void acknowledge(const Call& call, const SlotClaim& lease) override;
    void give_back(const Call& call, const SlotClaim& lease, Tried tried) override;

    std::optional<Message> peek(const Call& call) override;
    [[nodiscard]] MessageQueueStats stats() const override;
    void shut_down(const Call& call) override;
    [[nodiscard]] bool is_shut_down() const override;
    void repair(const Call& call) override;
    [[nodiscard]] int silent_fd(const Call& call) override;
    bool make_pollable(const Call& call, const Deadline& deadline) override;
    void interrupt_waits() noexcept override;

private:
    // How an attempt went.
    enum class Step {
        done,
        nothing, // full, or empty
        again,   // something has changed: look again
        must_switch,
        too_late // for a lock
    };

    // What an attempt is told: how things stand, and how long it may wait for a lock.
    struct Attempt {
        const Call& call;
        std::uint32_t status;
        const robust::WaitOptions& wait_options;
    };

    // What an attempt may bring about.
    enum class Change { a_message, room, neither };

    // Has one end's lock, while somebody polls the queue both, and tells them what has changed.
    // False when the queue is not what it was.
    class Grip {
    public:
        Grip(RobustQueue& queue, const Attempt& attempt, robust::Lock& end, Change change);
        ~Grip();
        Grip(const Grip&) = delete;
        Grip& operator=(const Grip&) = delete;

        explicit operator bool() const { return valid_; }

    private:
        RobustQueue& queue_;
        bool polled_;
        bool valid_ = false;
        robust::Ends::Hold first_;
        std::optional<robust::Ends::Hold> second_;
    };

    [[nodiscard]] robust::WaitOptions waiting_until(const Deadline& deadline) const {
        return {deadline, true, &closing_};
    }

    // As long as it takes, whatever comes in between.
    [[nodiscard]] robust::WaitOptions waiting_for_ever() const {
        return {never_, false, &closing_};
    }

    // The loop that every call is. False when the deadline passed first; at once when there is no
    // event to wait for.
    template <class Body>
    bool persist(const Call& call, const robust::WaitOptions& wait_options,
                 robust::EventCount* event, Body body);
    // The same for what has to be done whatever comes in between.
    template <class Body> void complete(const Call& call, Body body);
    template <class Body>
    Step tried(const Call& call, const robust::WaitOptions& wait_options, int& recoveries,
               Body& body);

    void enter(const Call& call) {
        if (robust::locks_inside != 0 || !self_.joined()) [[unlikely]] {
            attach(call);
        }
    }
    void recover_if_needed(const Call& call, const robust::WaitOptions& wait_options,
                           int& recoveries);
    bool reap_dead_participants(const Call& call, const robust::WaitOptions& wait_options);
    bool reap_dead_now() noexcept;
    void open_poll_fifo_if_possible(const robust::WaitOptions& wait_options);
    void open_poll_fifo(const Call& call, const robust::WaitOptions& wait_options);
    void open_or_make_poll_fifo(const Call& call);
    template <class Body>
    bool with_poll_fifo(const Call& call, const robust::WaitOptions& wait_options, Body body);
    void show_from_now_on(bool is_polled);
    void announce(Change change) const noexcept;
    void show_level() const noexcept;
    static Step not_locked(const Call& call, robust::Locked reason);
    bool give_up(const robust::EventCount* event) const noexcept;
    class Looking;
    [[nodiscard]] Sight sight(std::optional<std::uint32_t> full_since) noexcept;

    // Waiting and waking (waiting.cpp).
    bool wait(const Call& call, const robust::WaitOptions& wait_options, robust::EventCount& event,
              WaitingReceivers::Mark& mark);
    bool sleep(const Call& call, const robust::WaitOptions& wait_options, robust::EventCount& event,
               WaitingReceivers::Mark& mark);
    bool recheck_after_try() noexcept;
    [[nodiscard]] bool is_ready(const robust::EventCount& event) const {
        return &event == &memory_.body().not_full ? has_room() : has_message();
    }
    [[nodiscard]] bool has_message() const;
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] std::uint32_t free_slots() const;
    [[nodiscard]] bool is_roomy() const;
    void message_added() {
        if (anybody_waits()) [[unlikely]] {
            wake_after_adding();
        }
    }
    void message_taken() {
        if (anybody_waits()) [[unlikely]] {
            wake_after_taking();
        }
    }
    [[nodiscard]] bool anybody_waits() const {
        return has_waiters(memory_.body().not_empty) || has_waiters(memory_.body().not_full);
    }
    void wake_after_adding();
    void wake_after_taking();

    // For a call that may find any number of messages which are to go to the dead letters: asked
    // after each. Whoever does not wait has a moment for them.
    class TimeToMove {
    public:
        explicit TimeToMove(const Deadline& deadline) : deadline_{deadline} {}
        [[nodiscard]] bool is_left() {
            const auto now = Deadline::Clock::now();
            began_ = began_ == Deadline::Clock::time_point{} ? now : began_;
            return !deadline_.passed() || now - began_ < std::chrono::milliseconds{20};
        }

    private:
        const Deadline& deadline_;
        Deadline::Clock::time_point began_{}; // with the first of them
    };

    using Bodies = std::span<const std::span<const std::byte>>;

    // What a call has taken, and where the next message goes.
    struct ReceiveBatch {
        std::span<std::byte> buffer;
        std::span<ReceivedMessage> received;
        std::size_t count = 0;
        std::size_t copied = 0; // under this lock
        std::optional<SlotClaim> held = {};
        bool may_lease = true; // one that is not to be copied under the lock

        [[nodiscard]] bool continues() const;
        [[nodiscard]] bool put(const std::byte* payload, robust::Content content);
    };

    // Sending and receiving by copy (transfer.cpp).
    bool send_at_once(std::span<const std::byte> body, unsigned priority);
    bool receive_at_once(std::span<std::byte> buffer, robust::Content& content);
    bool copy_from_lane(std::span<std::byte> buffer, robust::Content& content);
    bool copy_from_index(std::span<std::byte> buffer, robust::Content& content);
    Step add(const Call& call, const Attempt& attempt, Bodies& bodies, unsigned priority);
    Step add_to_lane(const Attempt& attempt, Bodies& bodies, unsigned priority);
    Step add_to_index(const Attempt& attempt, Bodies& bodies, unsigned priority);
    static bool continues(const Bodies& bodies, std::size_t copied);
    bool send_large(const Call& call, std::span<const std::byte> body, unsigned priority,
                    const Deadline& deadline);
    bool put_into_index(std::span<const std::byte> body, unsigned priority);
    Step refill(const Attempt& attempt);
    Step fetch_and_drain(const Attempt& attempt);
    [[nodiscard]] bool is_calm() const;
    void make_ready(std::uint32_t number, std::size_t size, unsigned priority);
    Step take(const Call& call, const Attempt& attempt, ReceiveBatch& taking);
    bool take_from_lane(ReceiveBatch& taking);
    bool take_from_index(ReceiveBatch& taking);
    void retire_message(std::uint32_t number, std::atomic<std::uint64_t>& counter);
    void finish(const Call& call, ReceiveBatch& taking, const robust::WaitOptions& wait_options);
    static void expect_more(const Call& call, const Attempt& attempt);

    // Loans and leases (loans.cpp).
    Step claim(const Call& call, const Attempt& attempt, std::size_t size,
               std::optional<SlotClaim>& held);
    Step take_lease(const Call& call, const Attempt& attempt, std::optional<SlotClaim>& held);
    SlotClaim lend(std::uint32_t number, robust::SlotState state, std::size_t size,
                   std::uint32_t priority);
    template <class Body>
    bool let_go(const Call& call, const SlotClaim& held, robust::Lock& end, Change change,
                const robust::WaitOptions& wait_options, Body body);
    bool commit_in_time(const Call& call, const SlotClaim& held, std::size_t size,
                        unsigned priority, const robust::WaitOptions& wait_options);
    bool retire_lease(const Call& call, const SlotClaim& lease, std::atomic<std::uint64_t>& counter,
                      const robust::WaitOptions& wait_options);
    template <class LetGo> bool let_go_or_lay_aside(const SlotClaim& held, LetGo let_go);
    void lay_aside(SlotClaim held) noexcept;
    bool let_go_of_laid_aside() noexcept;
    bool free_slot(const SlotClaim& laid_aside);
    [[nodiscard]] bool is_poison(robust::Control control) const;
    bool moved_to_dead_letters(const Call& call, const SlotClaim& lease,
                               const robust::WaitOptions& wait_options);
    [[nodiscard]] std::unique_ptr<RobustQueue> dead_letters(const Call& call,
                                                            const Deadline& deadline) const;
    [[nodiscard]] robust::Slot* front(std::uint32_t status) const;

    std::string name_;
    robust::Segment segment_;
    robust::QueueMemory memory_;
    robust::Participant self_;
    robust::PollFifo poll_fifo_;
    ForkSafeMutex opening_poll_fifo_;
    std::atomic<bool> has_poll_fifo_{false};
    robust::Ends ends_;
    robust::Eagerness eagerness_;
    robust::LinkWatch link_watch_;
    std::atomic<bool> closing_{false};
    const Deadline never_{no_timeout};
    ForkSafeMutex laying_aside_;
    std::vector<SlotClaim> laid_aside_; // see lay_aside()
    std::atomic<bool> has_laid_aside_{false};
    robust::DeathWatch death_watch_{self_, {&memory_.body().senders, &memory_.body().receivers}};
    WaitingReceivers receivers_;
    Notifier notifier_; // last: its thread looks at the others
};

template <class Body>
bool RobustQueue::persist(const Call& call, const robust::WaitOptions& wait_options,
                          robust::EventCount* event, Body body) {
    constexpr int patient_rounds = 64;
    enter(call);
    const robust::Presence presence{self_};
    WaitingReceivers::Mark mark{receivers_};
    int recoveries = 0;
    for (int round = 0;; ++round) {
        switch (tried(call, wait_options, recoveries, body)) {
        case Step::done:
            let_go_of_laid_aside();
            return true;
        case Step::too_late:
            return give_up(event);
        case Step::again:
        case Step::must_switch: // never comes here
            if (round > patient_rounds && wait_options.deadline.passed()) {
                return give_up(event);
            }
            break;
        case Step::nothing:
            if (let_go_of_laid_aside()) { // there may be room now
                break;
            }
            if (event == nullptr || wait_options.deadline.is_immediate()) {
                if (!recheck_after_try()) {
                    return false;
                }
            } else if ((round != 0 && wait_options.deadline.passed()) ||
                       !wait(call, wait_options, *event, mark)) {
                return false;
            }
            recoveries = 0;
            break;
        }
    }
}

template <class Body> void RobustQueue::complete(const Call& call, Body body) {
    persist(call, waiting_for_ever(), nullptr, body);
}

template <class Body>
RobustQueue::Step RobustQueue::tried(const Call& call, const robust::WaitOptions& wait_options,
                                     int& recoveries, Body& body) {
    try {
        const std::uint32_t status = memory_.status();
        if ((status & (robust::needs_recovery | robust::broken)) != 0) [[unlikely]] {
            recover_if_needed(call, wait_options, recoveries);
            return Step::again;
        }
        if ((status & robust::pollable) != 0 && !has_poll_fifo_) [[unlikely]] {
            open_poll_fifo(call, wait_options);
        }
        return body(Attempt{call, status, wait_options});
    } catch (const robust::NotLocked& failure) {
        return not_locked(call, failure.reason);
    } catch (const robust::Damage&) {
        return Step::again; // to recover
    }
}

// Where a call that has a deadline lets go of what it holds. False when there was no time for that.
template <class LetGo> bool RobustQueue::let_go_or_lay_aside(const SlotClaim& held, LetGo let_go) {
    bool done = false;
    try {
        done = let_go();
    } catch (const LeaseLostError&) {
        throw;
    } catch (...) {
        lay_aside(held);
        throw;
    }
    if (!done) {
        lay_aside(held);
    }
    return done;
}

inline RobustQueue::Grip::Grip(RobustQueue& queue, const Attempt& attempt, robust::Lock& end,
                               Change change)
    : queue_{queue}, polled_{(attempt.status & robust::pollable) != 0},
      first_{queue.ends_, polled_ ? queue.memory_.body().senders : end, attempt.wait_options} {
    if (polled_) [[unlikely]] {
        const robust::WaitOptions both = queue.ends_.with_senders(attempt.wait_options);
        second_.emplace(queue.ends_, queue.memory_.body().receivers, both);
    }
    valid_ = queue.memory_.status() == attempt.status;
    if (polled_ && valid_) [[unlikely]] {
        queue.announce(change);
    }
}

inline RobustQueue::Grip::~Grip() {
    if (polled_ && valid_) [[unlikely]] {
        queue_.show_level();
    }
}

} // namespace crex::detail
