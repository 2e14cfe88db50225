// SPDX-License-Identifier: BSL-1.0
#include "message_queue/notifier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/named_file.hpp"
#include "platform/byte_lock.hpp"
#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "platform/fork_safe_singleton.hpp"
#include "platform/signals.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t registration_byte = 1;

// Probes follow soon after an event, then at ever longer intervals.
constexpr auto soonest = 1ms;
constexpr auto latest = 50ms;

// The process is notified of a message that stays for this long although a receiver waits: the
// receiver may be stopped.
constexpr auto contested_at_most = 200ms;

} // namespace

class Registration {
public:
    Registration(const Call& call, int file) : file_{file} {
        switch (lock_byte(file, registration_byte)) {
        case ByteLock::ours:
            return;
        case ByteLock::another_s:
            throw_errno(call, EBUSY, "another process has already asked to be notified");
        case ByteLock::impossible:
            throw_no_lock(call, errno);
        }
    }
    ~Registration() { unlock_byte(file_, registration_byte); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    int file_;
};

// Shared with its thread, which is detached. The mutex is held during a probe, so that there is no
// probe once stop() has returned.
class Notifier::Watch {
public:
    Watch(const Call& call, const Notifier& host, Notification notification)
        : registration_{std::in_place, call, host.file_}, notification_{std::move(notification)},
          host_{&host}, maker_{&host}, stop_{eventfd(0, EFD_CLOEXEC)} {
        if (stop_.get() < 0) {
            throw_errno(call, errno);
        }
    }

    static void start(const Call& call, const std::shared_ptr<Watch>& watch,
                      std::unique_ptr<MessageProbe> probe) {
        watch->probe_ = std::move(probe);
        const SignalsHeld held;
        try {
            std::thread{[watch] { watch->run(); }}.detach();
        } catch (const std::system_error& error) {
            throw_no_thread(call, error.code().value());
        }
    }

    [[nodiscard]] bool is_this_process_s() const { return process_ == process_epoch(); }

    // False once the process has been notified, or the request withdrawn.
    [[nodiscard]] bool is_pending() {
        const std::lock_guard lock{mutex_};
        tell_if_it_is_time();
        return registration_.has_value();
    }

    // Replaces what is delivered. Returns false when the request is no longer pending.
    [[nodiscard]] bool replace(const Notifier& maker, Notification& notification) {
        const std::lock_guard lock{mutex_};
        tell_if_it_is_time();
        if (!registration_) {
            return false;
        }
        notification_ = std::move(notification);
        maker_ = &maker;
        return true;
    }

    // Still notifies of a message that came before: this thread may have sent it, and the kernel's
    // queues would have notified by now.
    void stop() noexcept {
        const std::lock_guard lock{mutex_};
        tell_if_it_is_time();
        registration_.reset();
        eventfd_write(stop_.get(), 1);
    }

    [[nodiscard]] bool belongs_to(const Notifier& handle) {
        const std::lock_guard lock{mutex_};
        return host_ == &handle || maker_ == &handle;
    }

private:
    void run() {
        auto period = soonest;
        for (;;) {
            period = wait(period) ? soonest : std::min(2 * period, latest);
            const std::lock_guard lock{mutex_};
            tell_if_it_is_time();
            if (!registration_) {
                break;
            }
        }
        if (told_) {
            notification_.deliver();
        }
    }

    // Requires the mutex. Wakes the thread, which delivers.
    void tell_if_it_is_time() noexcept {
        if (registration_ && is_time_to_tell()) {
            told_ = true;
            registration_.reset();
            eventfd_write(stop_.get(), 1);
        }
    }

    // Whether an event came before the period ended.
    [[nodiscard]] bool wait(std::chrono::milliseconds period) const {
        std::array<pollfd, 2> sources{{{stop_.get(), POLLIN, 0}, {probe_->events(), POLLIN, 0}}};
        poll(sources.data(), sources.size(), static_cast<int>(period.count()));
        std::array<epoll_event, 1> events{};
        return sources[1].revents != 0 &&
               epoll_wait(sources[1].fd, events.data(), events.size(), 0) > 0;
    }

    [[nodiscard]] bool is_time_to_tell() noexcept {
        const Probed probed = probe_->probe();
        if (probed != Probed::contested) {
            contested_since_.reset();
            return probed == Probed::message;
        }
        const auto now = std::chrono::steady_clock::now();
        if (!contested_since_) {
            contested_since_ = now;
        }
        return now - *contested_since_ >= contested_at_most;
    }

    std::mutex mutex_;
    std::optional<Registration> registration_; // none once stopped, or notified
    bool told_ = false;
    Notification notification_; // once there is no registration, only the thread uses it
    const Notifier* host_;      // whose file and queue the thread uses
    const Notifier* maker_;     // of the last request
    std::unique_ptr<MessageProbe> probe_;
    UniqueFd stop_;
    std::uint64_t process_ = process_epoch();
    std::optional<std::chrono::steady_clock::time_point> contested_since_;
};

// The request of this process for one queue.
class Notifier::Requests {
public:
    void make(const Call& call, const Notifier& host, Notification notification,
              SecondRequest second,
              const std::function<std::unique_ptr<MessageProbe>()>& make_probe) {
        const std::lock_guard lock{mutex_};
        if (is_own()) {
            if (second == SecondRequest::is_busy && watch_->is_pending()) {
                throw_errno(call, EBUSY, "this process has already asked to be notified");
            }
            if (second == SecondRequest::replaces && watch_->replace(host, notification)) {
                return;
            }
        }
        auto watch = std::make_shared<Watch>(call, host, std::move(notification));
        Watch::start(call, watch, make_probe());
        watch_ = std::move(watch);
    }

    void cancel() noexcept {
        const std::lock_guard lock{mutex_};
        stop();
    }

    void cancel_of(const Notifier& handle) noexcept {
        const std::lock_guard lock{mutex_};
        if (is_own() && watch_->belongs_to(handle)) {
            stop();
        }
    }

private:
    // A forked child does not have the thread, and the mutex of the watch may be locked there.
    [[nodiscard]] bool is_own() const { return watch_ && watch_->is_this_process_s(); }

    void stop() noexcept {
        if (is_own()) {
            watch_->stop();
        }
        watch_.reset();
    }

    ForkSafeMutex mutex_;
    std::shared_ptr<Watch> watch_;
};

// By queue. A handle that has made a request keeps the queue's Requests.
class Notifier::RequestsOfProcess {
public:
    std::shared_ptr<Requests> of(ObjectId id) {
        const std::lock_guard lock{mutex_};
        std::erase_if(requests_, [](const auto& each) { return each.second.expired(); });
        if (auto found = find_in(id)) {
            return found;
        }
        auto fresh = std::make_shared<Requests>();
        requests_.emplace_back(id, fresh);
        return fresh;
    }

    // Null when there are none.
    std::shared_ptr<Requests> find(ObjectId id) noexcept {
        const std::lock_guard lock{mutex_};
        return find_in(id);
    }

    // The child does not have its parent's requests.
    void in_forked_child() noexcept {
        new (&mutex_) std::mutex;
        new (&requests_) decltype(requests_);
    }

private:
    [[nodiscard]] std::shared_ptr<Requests> find_in(ObjectId id) const noexcept {
        const auto found = std::find_if(requests_.begin(), requests_.end(),
                                        [&](const auto& each) { return each.first == id; });
        return found == requests_.end() ? nullptr : found->second.lock();
    }

    std::mutex mutex_;
    std::vector<std::pair<ObjectId, std::weak_ptr<Requests>>> requests_;
    AtForkChild watch_{*this};
};

Notifier::RequestsOfProcess& Notifier::of_process() {
    static constinit ForkSafeSingleton<RequestsOfProcess> requests;
    return *requests;
}

void Notifier::request(const Call& call, Notification notification, SecondRequest second,
                       const std::function<std::unique_ptr<MessageProbe>()>& make_probe) {
    const CancellationHeld held;
    const auto requests = of_process().of(id_);
    {
        const std::lock_guard lock{mutex_};
        requests_ = requests;
    }
    requests->make(call, *this, std::move(notification), second, make_probe);
}

void Notifier::cancel() noexcept {
    const CancellationHeld held;
    if (const auto requests = of_process().find(id_)) {
        requests->cancel();
    }
}

void Notifier::end() noexcept {
    const CancellationHeld held;
    if (const auto requests = of_process().find(id_)) {
        requests->cancel_of(*this);
    }
}

} // namespace crex::detail
