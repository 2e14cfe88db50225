// SPDX-License-Identifier: BSL-1.0
#include "mqueue/open_queues.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <thread>

#include <pthread.h>
#include <unistd.h>

#include "common/errors.hpp"
#include "message_queue/backend.hpp"
#include "mqueue/c_library.hpp"
#include "mqueue/numbers.hpp"
#include "mqueue/outcome.hpp"
#include "platform/file.hpp"
#include "platform/fork_safe_singleton.hpp"

namespace crex::mqueue {
namespace {

constexpr const char* own_descriptors = "/proc/thread-self/fd";

// Nothing for a closed descriptor.
std::optional<ObjectId> file_of(int descriptor) {
    const auto status = detail::status_of(descriptor);
    return status ? std::optional{detail::id_of(*status)} : std::nullopt;
}

// -1 for a text that is no number.
int number_in(const std::string& text) {
    int number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

int silent_fd_of(const MessageQueue& queue) {
    return detail::queue_of(queue).extras()->silent_fd({"mq_open", queue.name()});
}

// How long a poll with a time-out waits for a lock whose holder is stopped. If that is too short,
// the next poll tries again.
constexpr std::chrono::milliseconds moment_for_a_lock{20};

// Whether this thread has the mutex, or is taking it. A signal handler asks.
constinit thread_local bool is_inside = false;
constinit thread_local bool has_mutex = false;
constinit thread_local bool was_inside = false; // when it called fork(2)

} // namespace

// On 32-bit systems each call that polls has several names, for several sizes of time, and this
// library replaces none of them. So the FIFO is kept up to date from the beginning.
OpenQueue::OpenQueue(MessageQueue queue)
    : queue_{std::move(queue)}, poll_fifo_{silent_fd_of(queue_)},
      fifo_{file_of(poll_fifo_).value()}, max_message_size_{queue_.max_message_size()} {
    if (sizeof(void*) == 4) {
        speak(no_timeout);
    }
}

bool OpenQueue::speak(Timeout timeout) {
    const detail::Deadline deadline{timeout};
    if (!detail::queue_of(queue_).extras()->make_pollable({"poll", queue_.name()}, deadline)) {
        return false;
    }
    is_silent_ = false;
    return true;
}

int Descriptor::flags() const { return next_fcntl(number, F_GETFL); }

// Does not wait, since the handle has both ends of the FIFO open.
int OpenQueue::describe(int flags) const {
    const std::string path = std::string{own_descriptors} + "/" + std::to_string(poll_fifo_);
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

bool OpenQueue::is_whole() const { return file_of(poll_fifo_) == fifo_; }

// If the descriptors cannot be listed, there may be one.
bool OpenQueue::is_described() const {
    std::error_code error;
    std::filesystem::directory_iterator each{own_descriptors, error};
    for (; !error && each != std::filesystem::directory_iterator{}; each.increment(error)) {
        const int descriptor = number_in(each->path().filename());
        const auto file = file_of(descriptor);
        if (file == fifo_ && !is_own(descriptor)) {
            return true;
        }
    }
    return static_cast<bool>(error);
}

OpenQueues& OpenQueues::instance() {
    static constinit detail::ForkSafeSingleton<OpenQueues> queues;
    return *queues;
}

constinit std::atomic<std::size_t> OpenQueues::open_count{0};
constinit std::atomic<std::size_t> OpenQueues::silent_count{0};

class OpenQueues::Lock {
public:
    explicit Lock(OpenQueues& queues) : queues_{queues} {
        if (is_inside) {
            detail::throw_errno({"mqueue", ""}, EDEADLK);
        }
        is_inside = true; // first, so that no handler that runs in between waits for this thread
        queues_.mutex_.lock();
        has_mutex = true;
    }
    ~Lock() {
        has_mutex = false;
        queues_.mutex_.unlock();
        is_inside = false;
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    OpenQueues& queues_;
};

// A signal handler that forks may have interrupted the thread that has the mutex. The fork handlers
// of other libraries may run in between, and call.
void OpenQueues::before_fork() noexcept {
    was_inside = is_inside;
    is_inside = true;
    if (!was_inside) {
        instance().mutex_.lock();
    }
}

void OpenQueues::after_fork() noexcept {
    if (!was_inside) {
        instance().mutex_.unlock();
    }
    is_inside = was_inside;
}

void OpenQueues::in_forked_child() noexcept {
    if (was_inside && !has_mutex) {
        new (&instance().mutex_) std::mutex; // its holder may be a thread that is not here
    }
    after_fork();
}

// NOLINTNEXTLINE(cert-err58-cpp): what may throw runs in fork(), not here.
const int OpenQueues::registered = pthread_atfork(before_fork, after_fork, in_forked_child);

void OpenQueues::forget_lost() {
    const Lock lock{*this};
    put_lost_aside();
    count();
}

int OpenQueues::open(const std::shared_ptr<OpenQueue>& queue, int flags) {
    Queues unused; // destroyed after the lock
    const Lock lock{*this};
    unused = take_unused();
    const int descriptor = queue->describe(flags);
    numbers.made(descriptor);
    if (descriptor >= 0 && !which_is(descriptor)) {
        queues_.push_back(queue);
        numbers.changed_from(0, ~0U); // a number that was no queue's may be this queue's
    }
    count();
    return descriptor;
}

std::optional<Descriptor> OpenQueues::find(int descriptor) {
    const Lock lock{*this};
    const Known* const known = place_of(descriptor);
    if (known != nullptr && known->queue != nullptr &&
        known->changes == changes(descriptor, *known->queue)) [[likely]] {
        return Descriptor{known->queue, descriptor, known->access};
    }
    return look(descriptor);
}

OpenQueues::Known* OpenQueues::place_of(int descriptor) {
    const auto place = static_cast<unsigned>(descriptor);
    return place < known_.size() ? &known_[place] : nullptr;
}

// Both terms only grow.
std::uint32_t OpenQueues::changes(int descriptor, const OpenQueue& queue) {
    return numbers.changes(descriptor) + numbers.changes(queue.poll_fifo());
}

std::optional<Descriptor> OpenQueues::look(int descriptor) {
    const std::uint32_t its_changes = numbers.changes(descriptor);
    const auto queue = which_is(descriptor);
    Known* const known = place_of(descriptor);
    if (!queue) {
        if (known != nullptr) {
            known->queue = nullptr;
        }
        if (file_of(descriptor)) {
            numbers.note_stranger(descriptor, its_changes);
        }
        return std::nullopt;
    }
    const std::uint32_t all_changes = its_changes + numbers.changes(queue->poll_fifo());
    const int flags = next_fcntl(descriptor, F_GETFL);
    if (flags < 0 || !queue->is_whole()) {
        return std::nullopt;
    }
    const int access = flags & O_ACCMODE;
    if (known != nullptr) {
        *known = {queue, access, all_changes};
    }
    return Descriptor{queue, descriptor, access};
}

std::shared_ptr<OpenQueue> OpenQueues::close(int descriptor) {
    Queues unused;
    const Lock lock{*this};
    auto queue = which_is(descriptor);
    if (queue) {
        ::close(descriptor);
        unused = take_unused();
        count();
    }
    return queue;
}

void OpenQueues::count() const noexcept {
    open_count = queues_.size();
    silent_count = static_cast<std::size_t>(std::count_if(
        queues_.begin(), queues_.end(), [](const auto& queue) { return queue->is_silent(); }));
}

bool OpenQueues::has(int descriptor) noexcept {
    return open_count != 0 && !is_inside && !numbers.is_stranger(descriptor) &&
           outcome_of([&] { return instance().find(descriptor) ? 1 : 0; }) == 1;
}

bool OpenQueues::polled(int descriptor, Timeout timeout) noexcept {
    if (descriptor < 0 || !any_is_silent() || is_inside || numbers.is_stranger(descriptor)) {
        return true;
    }
    const ssize_t outcome = outcome_of([&] {
        OpenQueues& all = instance();
        if (const auto its = all.find(descriptor); its && its->queue->is_silent()) {
            its->queue->speak(timeout.is_forever() ? timeout
                                                   : std::min<std::chrono::nanoseconds>(
                                                         timeout.limit(), moment_for_a_lock));
            const Lock lock{all};
            all.count();
        }
        return 0;
    });
    return outcome != -EINTR || said_in_c(outcome) == 0;
}

void OpenQueues::leave() {
    Queues all;
    // A signal handler that calls exit(3) may have interrupted the holder of the mutex.
    for (int patience = 100; !mutex_.try_lock(); --patience) {
        if (patience == 0) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    const std::lock_guard lock{mutex_, std::adopt_lock};
    put_lost_aside();
    all.swap(queues_);
    known_.fill({});
    count();
}

std::shared_ptr<OpenQueue> OpenQueues::which_is(int descriptor) const {
    const auto file = file_of(descriptor);
    const auto found = std::find_if(queues_.begin(), queues_.end(), [&](const auto& queue) {
        return file && queue->is(*file) && !queue->is_own(descriptor) && queue->is_whole();
    });
    return found != queues_.end() ? *found : nullptr;
}

template <class Kept> OpenQueues::Queues OpenQueues::take_all_but(Kept is_kept) {
    const auto others = std::partition(queues_.begin(), queues_.end(), is_kept);
    Queues taken{others, queues_.end()};
    queues_.erase(others, queues_.end());
    for (Known& known : known_) {
        if (std::find(taken.begin(), taken.end(), known.queue) != taken.end()) {
            known = {};
        }
    }
    return taken;
}

OpenQueues::Queues OpenQueues::take_unused() {
    put_lost_aside();
    return take_all_but([](const auto& queue) { return queue->is_described(); });
}

void OpenQueues::put_lost_aside() {
    const auto lost = take_all_but([](const auto& queue) { return queue->is_whole(); });
    lost_.insert(lost_.end(), lost.begin(), lost.end());
}

} // namespace crex::mqueue
