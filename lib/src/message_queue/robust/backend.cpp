// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "common/inspection.hpp"
#include "message_queue/robust/robust_queue.hpp"
#include "platform/cancellation.hpp"
#include "robust/lifecycle.hpp"

// Opening, creating, unlinking and inspecting robust queues.

namespace crex::detail {

using namespace robust;

namespace {

constexpr std::size_t reserved_at_most = std::size_t{1} << 30;

std::string path_of(const Call& call) { return Segment::path(queue_kind, call.object); }

// Removes a queue with Lifetime::until_unused whose last user was killed. This is done when the
// name is needed.
void remove_abandoned(const Call& call, const Segment& segment, const Deadline& deadline) {
    end_opening(segment.fd());
    if (remove_if_unused(segment.fd(), path_of(call), deadline) != 0) {
        const auto file = status_of(segment.fd());
        throw_errno(call, EPERM,
                    "its last user is gone, and this one may not remove its name: it belongs to "
                    "user " +
                        std::to_string(file ? file->st_uid : 0));
    }
}

// Opens the queue named call.object. An abandoned queue is removed, and counts as none.
std::optional<Segment> open_segment(const Call& call, bool any_owner,
                                    const Deadline& deadline = Lifecycle::after_a_while()) {
    auto segment = Segment::open(call, queue_kind, any_owner, deadline);
    if (segment && segment->header().until_unused != 0 && !is_used(segment->fd())) {
        remove_abandoned(call, *segment, deadline);
        return std::nullopt;
    }
    return segment;
}

std::unique_ptr<Queue> open(const Call& call, const MessageQueueOptions& options) {
    return RobustQueue::open(call, options, Lifecycle::after_a_while());
}

Header header_for(const Call& call, const MessageQueueOptions& options) {
    if (options.max_messages > robust_queue_messages_max ||
        options.max_message_size > robust_queue_message_size_max) {
        throw_invalid(call, "at most " + std::to_string(robust_queue_messages_max) +
                                " messages of " + std::to_string(robust_queue_message_size_max) +
                                " bytes");
    }
    Header header{};
    header.participants = static_cast<std::uint32_t>(options.max_handles);
    header.capacity = options.max_messages;
    header.item_size = options.max_message_size;
    header.until_unused = options.lifetime == Lifetime::until_unused ? 1 : 0;
    header.max_attempts = options.max_attempts;
    std::copy(options.dead_letter.begin(), options.dead_letter.end(), header.dead_letter.begin());
    if (!options.sparse && QueueMemory::size_for(header) > reserved_at_most) {
        throw_invalid(call, "a queue that needs more than 1 GiB of memory has to be `sparse`");
    }
    return header;
}

// The dead-letter queue that goes with a queue. It is created if there is none, and removed again
// if the queue is not created.
class DeadLetters {
public:
    DeadLetters(const Call& call, const MessageQueueOptions& options)
        : call_{call.function, options.dead_letter} {
        if (options.dead_letter.empty()) {
            return;
        }
        MessageQueueOptions its = options;
        its.dead_letter = {};
        its.max_attempts = 0;
        its.lifetime = Lifetime::persistent;
        while (!open(call_, its)) {
            if (robust_backend.create(call_, its)) {
                created_ = true;
                return;
            }
        }
    }
    ~DeadLetters() {
        if (created_) {
            ::unlink(path_of(call_).c_str());
        }
    }
    DeadLetters(const DeadLetters&) = delete;
    DeadLetters& operator=(const DeadLetters&) = delete;

    void keep() { created_ = false; }

private:
    Call call_;
    bool created_ = false;
};

// Frees the name if an abandoned queue has it.
void clear_abandoned(const Call& call) {
    if (!status_of(path_of(call))) {
        return;
    }
    try {
        if (const auto segment = open_segment(call, true)) {
            end_opening(segment->fd());
        }
    } catch (const std::exception&) { // the name is taken, by whatever it is
    }
}

std::unique_ptr<Queue> create(const Call& call, const MessageQueueOptions& options) {
    clear_abandoned(call);
    auto segment = Segment::unborn(call, queue_kind, header_for(call, options), !options.sparse);
    if (!segment) {
        return nullptr;
    }
    DeadLetters dead_letters{call, options};
    auto queue =
        std::make_unique<RobustQueue>(std::string{call.object}, *std::move(segment), options);
    queue->begin();
    queue->join(call);
    if (!queue->segment().publish(call, access_of(options))) {
        return nullptr;
    }
    dead_letters.keep();
    return queue;
}

// The poll FIFO of a queue that is unlinked. Processes can go on using the queue; if none does, its
// FIFO is removed, too.
class LastTraces {
public:
    LastTraces(const Call& call, const Deadline& deadline)
        : file_{::open(path_of(call).c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)} {
        try {
            if (auto segment = Segment::open(call, queue_kind, true, deadline)) {
                queue_.emplace(std::string{call.object}, *std::move(segment),
                               MessageQueueOptions{});
            }
        } catch (const std::exception&) { // it is not a queue, or not any more
        }
    }
    void remove() const noexcept {
        queue_ ? queue_->remove_poll_fifo_if_unused() : PollFifo::remove(file_.get());
    }

private:
    UniqueFd file_;
    std::optional<RobustQueueCore> queue_;
};

void unlink(const Call& call) {
    const CancellationHeld held;
    const Deadline deadline = Lifecycle::after_a_while();
    const LastTraces traces{call, deadline};
    unlink_in_turn(call, path_of(call), deadline);
    traces.remove();
}

std::optional<ObjectInfo> inspect(const Call& call) { return info_of(call, path_of(call)); }

} // namespace

std::unique_ptr<RobustQueue> RobustQueue::open(const Call& call, const MessageQueueOptions& options,
                                               const Deadline& deadline) {
    auto segment = open_segment(call, options.any_owner, deadline);
    if (!segment) {
        return nullptr;
    }
    auto queue =
        std::make_unique<RobustQueue>(std::string{call.object}, *std::move(segment), options);
    queue->join(call);
    return queue;
}

const QueueBackend robust_backend{
    "robust", {robust_message_queue_name_max}, true, open, create, unlink, inspect};

} // namespace crex::detail
