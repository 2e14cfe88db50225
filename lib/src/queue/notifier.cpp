// SPDX-License-Identifier: BSL-1.0
#include "queue/notifier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/byte_lock.hpp"
#include "platform/file.hpp"
#include "platform/signals.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t registration_byte = 1;

// Looks come soon after something has happened, then ever more slowly.
constexpr auto soonest = 1ms;
constexpr auto latest = 50ms;

// How long a message may lie there although somebody waits for one: that one may be stopped.
constexpr auto patience = 200ms;

class Registration {
public:
    Registration(const Call& call, int file) : file_{file} {
        switch (lock_byte(file, registration_byte)) {
        case ByteLock::ours:
            return;
        case ByteLock::another_s:
            throw_errno(call, EBUSY, "somebody has already asked to be notified");
        case ByteLock::impossible:
            throw_errno(call, errno);
        }
    }
    ~Registration() { unlock_byte(file_, registration_byte); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    int file_;
};

} // namespace

// Shared with its thread, which nobody waits for: the mutex is held while it looks, so whoever has
// stopped it knows that it looks no more.
class Notifier::Watch {
public:
    Watch(const Call& call, int file, Notification notification)
        : registration_{std::in_place, call, file},
          notification_{std::move(notification)}, stop_{eventfd(0, EFD_CLOEXEC)} {
        if (stop_.get() < 0) {
            throw_errno(call, errno);
        }
    }

    static void start(const Call& call, const std::shared_ptr<Watch>& watch,
                      std::unique_ptr<Sentry> sentry) {
        watch->sentry_ = std::move(sentry);
        const SignalsHeld held;
        try {
            std::thread{[watch] { watch->run(); }}.detach();
        } catch (const std::system_error& error) {
            throw_errno(call, error.code().value(), "there can be no further thread");
        }
    }

    [[nodiscard]] bool is_this_process_s() const { return process_ == process_epoch(); }

    [[nodiscard]] bool is_registered() {
        const std::lock_guard lock{mutex_};
        return registration_.has_value();
    }

    void stop() noexcept {
        const std::lock_guard lock{mutex_};
        registration_.reset();
        eventfd_write(stop_.get(), 1);
    }

private:
    void run() {
        auto period = soonest;
        for (;;) {
            period = wait(period) ? soonest : std::min(2 * period, latest);
            const std::lock_guard lock{mutex_};
            if (!registration_) {
                return;
            }
            if (is_time_to_tell()) {
                registration_.reset();
                break;
            }
        }
        notification_.deliver();
    }

    // Whether something happened in time.
    [[nodiscard]] bool wait(std::chrono::milliseconds period) const {
        std::array<pollfd, 2> sources{{{stop_.get(), POLLIN, 0}, {sentry_->events(), POLLIN, 0}}};
        poll(sources.data(), sources.size(), static_cast<int>(period.count()));
        std::array<epoll_event, 1> events{};
        return sources[1].revents != 0 &&
               epoll_wait(sources[1].fd, events.data(), events.size(), 0) > 0;
    }

    [[nodiscard]] bool is_time_to_tell() {
        const Sight sight = sentry_->look();
        if (sight != Sight::contested) {
            contested_since_.reset();
            return sight == Sight::message;
        }
        const auto now = std::chrono::steady_clock::now();
        if (!contested_since_) {
            contested_since_ = now;
        }
        return now - *contested_since_ >= patience;
    }

    std::mutex mutex_;
    std::optional<Registration> registration_; // none once stopped, or told
    Notification notification_;
    std::unique_ptr<Sentry> sentry_;
    UniqueFd stop_;
    std::uint64_t process_ = process_epoch();
    std::optional<std::chrono::steady_clock::time_point> contested_since_;
};

void Notifier::request(const Call& call, Notification notification,
                       const std::function<std::unique_ptr<Sentry>()>& post) {
    const std::lock_guard lock{mutex_};
    if (watch_ && watch_->is_this_process_s() && watch_->is_registered()) {
        throw_errno(call, EBUSY, "it has already asked to be notified");
    }
    auto watch = std::make_shared<Watch>(call, file_, std::move(notification));
    Watch::start(call, watch, post());
    watch_ = std::move(watch);
}

void Notifier::cancel() noexcept {
    const std::lock_guard lock{mutex_};
    // In a forked child there is no thread, and what it has left behind may be locked.
    if (watch_ && watch_->is_this_process_s()) {
        watch_->stop();
    }
    watch_.reset();
}

} // namespace crex::detail
