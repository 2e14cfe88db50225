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

#include "platform/eternal.hpp"
#include "platform/file.hpp"

namespace crex::mqueue {
namespace {

constexpr const char* own_descriptors = "/proc/thread-self/fd";

// Nothing for what is closed.
std::optional<ObjectId> file_of(int descriptor) {
    const auto status = detail::status_of(descriptor);
    return status ? std::optional{detail::id_of(*status)} : std::nullopt;
}

// -1 for what is no number.
int number_in(const std::string& text) {
    int number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace

OpenQueue::OpenQueue(MessageQueue queue)
    : queue_{std::move(queue)}, bell_{queue_.ready_fd()}, fifo_{file_of(bell_).value()},
      max_message_size_{queue_.max_message_size()} {}

// Never waits, since the handle has both ends of the FIFO open.
int OpenQueue::describe(int flags) const {
    const std::string path = std::string{own_descriptors} + "/" + std::to_string(bell_);
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

bool OpenQueue::is_whole() const { return file_of(bell_) == fifo_; }

// Where the descriptors cannot be listed, there may be one.
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
    static constinit detail::Eternal<OpenQueues> queues;
    return *queues;
}

// NOLINTNEXTLINE(cert-err58-cpp): what may throw runs in fork(), not here.
const int OpenQueues::registered =
    pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] { instance().mutex_.unlock(); });

void OpenQueues::forget_lost() {
    const std::lock_guard lock{mutex_};
    put_lost_aside();
}

int OpenQueues::open(const std::shared_ptr<OpenQueue>& queue, int flags) {
    Queues unused; // destroyed after the lock
    const std::lock_guard lock{mutex_};
    unused = take_unused();
    const int descriptor = queue->describe(flags);
    if (descriptor >= 0 && !which_is(descriptor)) {
        queues_.push_back(queue);
    }
    return descriptor;
}

std::optional<Descriptor> OpenQueues::find(int descriptor) {
    const std::lock_guard lock{mutex_};
    auto queue = which_is(descriptor);
    const int flags = queue ? fcntl(descriptor, F_GETFL) : -1;
    return flags < 0 ? std::nullopt : std::optional{Descriptor{std::move(queue), flags}};
}

std::shared_ptr<OpenQueue> OpenQueues::close(int descriptor) {
    Queues unused;
    const std::lock_guard lock{mutex_};
    auto queue = which_is(descriptor);
    if (queue) {
        ::close(descriptor);
        unused = take_unused();
    }
    return queue;
}

void OpenQueues::leave() {
    Queues all;
    // A signal handler that calls exit(3) may have interrupted whoever has it locked.
    for (int patience = 100; !mutex_.try_lock(); --patience) {
        if (patience == 0) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    const std::lock_guard lock{mutex_, std::adopt_lock};
    put_lost_aside();
    all.swap(queues_);
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
