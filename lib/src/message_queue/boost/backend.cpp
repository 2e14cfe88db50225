// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>

#include <boost/interprocess/shared_memory_object.hpp>

#include "common/boost_internals.hpp"
#include "common/inspection.hpp"
#include "common/named_file.hpp"
#include "common/own_description.hpp"
#include "common/polled_readiness.hpp"
#include "message_queue/backend.hpp"
#include "message_queue/boost/lock.hpp"
#include "message_queue/boost/segment.hpp"
#include "message_queue/notifier.hpp"
#include "message_queue/waiting_receivers.hpp"
#include "platform/backoff.hpp"

// The queues of boost::interprocess::message_queue. A call watches the message count without the
// lock, sleeping with back-off, and takes the lock only when there is something to do. crex never
// waits on Boost's condition variables: a process killed there would hang every later sender inside
// the C library.

namespace crex::detail {

namespace bip = boost::interprocess;
using namespace std::chrono_literals;

namespace {

constexpr auto moment_in_any_case = 20ms;

class BoostQueue final : public Queue {
public:
    BoostQueue(const Call& call, BoostSegment segment)
        : segment_{std::move(segment)}, file_{call, segment_.release_file()},
          header_{segment_.header()}, max_messages_{header_.m_max_num_msg},
          max_message_size_{header_.m_max_msg_size}, lock_{native_handle(header_.m_mutex),
                                                           segment_.id()} {}

    bool send(const Call& call, std::span<const std::byte> body, unsigned priority,
              const Deadline& deadline) override {
        bool wake = false;
        {
            const Guard guard = enter(call, deadline, [&] { return count() < max_messages_; });
            if (!guard) {
                return false;
            }
            append(call, body, priority);
            wake = header_.m_blocked_receivers != 0;
        }
        if (wake) {
            header_.m_cond_recv.notify_one();
        }
        return true;
    }

    std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                           const Deadline& deadline) override {
        ReceivedMessage received;
        bool wake = false;
        WaitingReceivers::Mark waiting{receivers_};
        {
            const Guard guard = enter(
                call, deadline, [&] { return count() != 0; }, &waiting);
            if (!guard) {
                emptied_ = true; // as far as this caller can know
                return std::nullopt;
            }
            received = take(call, buffer);
            if (count() == 0) {
                emptied_ = true;
            }
            wake = header_.m_blocked_senders != 0;
        }
        if (wake) {
            header_.m_cond_send.notify_one();
        }
        return received;
    }

    // Sets the file's mode and name. Returns false when the name is taken.
    [[nodiscard]] bool publish(const Call& call, const Access& access) const {
        return detail::publish(call, file_.fd(), std::string{call.object}, access);
    }

    [[nodiscard]] std::size_t max_messages() const override { return max_messages_; }
    [[nodiscard]] std::size_t max_message_size() const override { return max_message_size_; }
    [[nodiscard]] std::size_t current_messages() const override { return count(); }

    [[nodiscard]] ObjectId id() const override { return segment_.id(); }
    [[nodiscard]] bool is_linked(const std::string& name) const override {
        return is_at(shared_memory_path(name), id());
    }

    // Boost notifies no descriptor, so a thread polls the queue. A lost lock makes the descriptor
    // readable, so that its reader gets the error from receive().
    [[nodiscard]] int ready_fd(const Call& call) override {
        return readiness_.fd(call, [this] { return count() != 0 || lock_.is_lost(); });
    }

    void notify(const Call& call, Notification notification, SecondRequest second) override {
        notifier_.request(call, std::move(notification), second, [this] {
            emptied_ = false; // first: receivers only set it
            if (count() == 0) {
                emptied_ = true;
            }
            return std::make_unique<CountProbe>(*this);
        });
    }
    void cancel_notification() noexcept override { notifier_.cancel(); }
    void end_notification() noexcept override { notifier_.end(); }

private:
    struct Release {
        void operator()(BoostLock* lock) const { lock->release(); }
    };
    using Guard = std::unique_ptr<BoostLock, Release>;

    // Probes the queue for a notifier.
    class CountProbe final : public MessageProbe {
    public:
        explicit CountProbe(BoostQueue& queue) : queue_{queue} {}
        [[nodiscard]] Probed probe() noexcept override { return queue_.probe(); }

    private:
        BoostQueue& queue_;
    };

    // If processes empty and fill the queue between two probes, it seems never to have been empty.
    Probed probe() noexcept {
        if (count() == 0) {
            emptied_ = true;
            return Probed::nothing;
        }
        if (!emptied_) {
            return Probed::nothing;
        }
        if (receivers_.any() || blocked_receivers()) {
            return Probed::contested;
        }
        // A receiver that has just waited may have taken it.
        return count() != 0 ? Probed::message : Probed::nothing;
    }

    // Waits until `ready` and takes the lock. Returns null when the deadline passed first.
    //
    // A held lock does not mean that the queue is full or empty. So the call waits a moment for a
    // held lock even when the deadline has passed. While the holder may be dead, it waits longer: a
    // second or two, once; after that every call throws at once. The lock is watched also while
    // there is nothing to do, since with a dead holder there never will be. A receiver sets `mark`
    // once it has waited for more than a moment.
    template <class Ready>
    Guard enter(const Call& call, const Deadline& deadline, Ready ready,
                WaitingReceivers::Mark* mark = nullptr) {
        Backoff backoff{deadline};
        BoostLock::Watch watch{lock_};
        for (;;) {
            bool held = false;
            if (ready()) {
                Guard guard = attempt(call);
                if (guard && ready()) {
                    return guard;
                }
                held = !guard;
            } else if (lock_.is_lost()) {
                throw_lost(call);
            }
            held = held || lock_.is_held();
            const bool in_time =
                !deadline.passed() || (held && backoff.time_so_far() < moment_in_any_case);
            // Watching the holder takes time, but no call gives up before it has done so.
            const bool look = held && (backoff.sleeping() || !in_time);
            const bool suspect = look && may_be_dead(call, watch);
            if (!in_time && !suspect) {
                return nullptr;
            }
            if (mark != nullptr && backoff.sleeping()) {
                mark->set();
            }
            if (!backoff.pause()) {
                throw_errno(call, EINTR);
            }
        }
    }

    // Null when another thread holds the lock.
    Guard attempt(const Call& call) {
        switch (lock_.attempt()) {
        case BoostLock::Attempt::acquired:
            return Guard{&lock_};
        case BoostLock::Attempt::held:
            return nullptr;
        case BoostLock::Attempt::lost:
            break;
        }
        throw_lost(call);
    }

    [[noreturn]] static void throw_lost(const Call& call) {
        throw_corrupt(call, "the process that held the queue's lock has died");
    }

    // Throws once the lock is known to be abandoned.
    bool may_be_dead(const Call& call, BoostLock::Watch& watch) {
        const auto verdict = watch.look(progress());
        if (verdict == BoostLock::Watch::Verdict::abandoned) {
            throw_corrupt(call, "the queue's lock is held by " + watch.holder() +
                                    ", which has died in the middle of a change or never lets "
                                    "go; unlink the queue and make it anew");
        }
        return verdict == BoostLock::Watch::Verdict::suspect;
    }

    // Read without the lock, to see whether taking it is worthwhile, and read again under the lock.
    // ThreadSanitizer cannot know that, so it does not check this function.
    [[nodiscard]] __attribute__((no_sanitize("thread"))) std::size_t count() const {
        return __atomic_load_n(&header_.m_cur_num_msg, __ATOMIC_RELAXED);
    }

    // Changes with every message. Read without the lock, as count() is.
    [[nodiscard]] __attribute__((no_sanitize("thread"))) std::uint64_t progress() const {
        constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15;
        return count() * odd + __atomic_load_n(&header_.m_cur_first_msg, __ATOMIC_RELAXED);
    }

    // Whether receivers wait inside Boost. Read without the lock, as count() is.
    [[nodiscard]] __attribute__((no_sanitize("thread"))) bool blocked_receivers() const {
        return __atomic_load_n(&header_.m_blocked_receivers, __ATOMIC_RELAXED) != 0;
    }

    // The functions below require the lock. Boost's functions trust the header; these check it
    // first.

    void check(const Call& call) const {
        if (header_.m_cur_num_msg > max_messages_ || header_.m_cur_first_msg >= max_messages_) {
            throw_corrupt(call, "the queue's header makes no sense");
        }
    }

    void append(const Call& call, std::span<const std::byte> body, unsigned priority) {
        check(call);
        BoostSegment::MessageHeader& message = header_.queue_free_msg(priority);
        if (!segment_.holds(message)) {
            throw_corrupt(call, "the queue's index makes no sense");
        }
        message.priority = priority;
        message.len = body.size();
        std::memcpy(message.data(), body.data(), body.size());
    }

    ReceivedMessage take(const Call& call, std::span<std::byte> buffer) {
        check(call);
        BoostSegment::MessageHeader& message = header_.top_msg();
        if (!segment_.holds(message)) {
            throw_corrupt(call, "the queue's index makes no sense");
        }
        const ReceivedMessage received{message.len, message.priority};
        std::memcpy(buffer.data(), message.data(), received.size);
        message.len = 0; // Boost leaves a free message so, and asserts it
        message.priority = 0;
        header_.free_top_msg();
        return received;
    }

    BoostSegment segment_;
    OwnDescription file_;
    BoostSegment::Header& header_;
    std::size_t max_messages_;
    std::size_t max_message_size_;
    BoostLock lock_;
    WaitingReceivers receivers_{file_.fd()};
    std::atomic<bool> emptied_{false}; // since a notification was requested
    PolledReadiness readiness_;        // last: these two use the members above
    Notifier notifier_{file_.fd(), segment_.id()};
};

std::unique_ptr<Queue> open(const Call& call, const MessageQueueOptions&) {
    auto segment = BoostSegment::open(call);
    return segment ? std::make_unique<BoostQueue>(call, *std::move(segment)) : nullptr;
}

std::unique_ptr<Queue> create(const Call& call, const MessageQueueOptions& options) {
    auto segment = BoostSegment::unborn(call, options);
    if (!segment) {
        return nullptr;
    }
    auto queue = std::make_unique<BoostQueue>(call, *std::move(segment));
    return queue->publish(call, access_of(options)) ? std::move(queue) : nullptr;
}

void unlink(const Call& call) {
    // remove() returns only a bool; errno is still the system's.
    const std::string name{call.object};
    if (!bip::shared_memory_object::remove(name.c_str())) {
        throw_file_errno(call, errno, shared_memory_path(name));
    }
}

std::optional<ObjectInfo> inspect(const Call& call) {
    return info_of(call, shared_memory_path(std::string{call.object}));
}

} // namespace

const QueueBackend boost_backend{"boost", memory_names, false, open, create, unlink, inspect};

} // namespace crex::detail
