// SPDX-License-Identifier: BSL-1.0
#include "platform/sleep_monitor.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>

#include <pthread.h>

#include "platform/cancellation.hpp"
#include "platform/eternal.hpp"
#include "platform/signals.hpp"

namespace crex::detail {
namespace {

constexpr unsigned periods_before_rest = 40;
constexpr std::size_t stack_size = 256 << 10;
constexpr std::chrono::nanoseconds longest_rest = std::chrono::hours{1};

// A thread that asks a question under a mutex, every 50 ms, until the answer has been no for two
// seconds. Then it rests until it is stirred.
class Ticker {
public:
    // Null when there can be no further thread.
    static std::unique_ptr<Ticker> started(std::mutex& mutex, Question is_needed) noexcept {
        std::unique_ptr<Ticker> ticker{new (std::nothrow) Ticker{mutex, is_needed}};
        return ticker && ticker->start() ? std::move(ticker) : nullptr;
    }

    ~Ticker() {
        if (runs_) {
            const CancellationHeld held;
            stops_ = true;
            wake();
            pthread_join(thread_, nullptr);
        }
    }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

    // Under the mutex.
    void stir() noexcept {
        idle_periods_ = 0;
        if (rests_) {
            rests_ = false;
            wake();
        }
    }

private:
    Ticker(std::mutex& mutex, Question is_needed) : mutex_{mutex}, is_needed_{is_needed} {}

    bool start() noexcept {
        const auto entry = [](void* self) -> void* {
            static_cast<Ticker*>(self)->run();
            return nullptr;
        };
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, stack_size);
        const SignalsHeld held;
        runs_ = pthread_create(&thread_, &small, entry, this) == 0 ||
                pthread_create(&thread_, nullptr, entry, this) == 0;
        pthread_attr_destroy(&small);
        return runs_;
    }

    void wake() noexcept {
        calls_.fetch_add(1);
        futex_wake_private(calls_);
    }

    void run() noexcept {
        for (std::uint32_t seen = 0; !stops_;) {
            futex_wait_private(calls_, seen, rests_ ? longest_rest : recheck_period);
            seen = calls_.load();
            const std::lock_guard lock{mutex_};
            idle_periods_ = is_needed_.is_true() ? 0 : idle_periods_ + 1;
            rests_ = idle_periods_ >= periods_before_rest;
        }
    }

    std::mutex& mutex_;
    Question is_needed_;
    pthread_t thread_{};
    bool runs_ = false;
    std::atomic<bool> stops_{false};
    std::atomic<bool> rests_{false};
    std::atomic<std::uint32_t> calls_{0}; // it sleeps on that
    unsigned idle_periods_ = 0;
};

} // namespace

class SleepMonitor {
public:
    bool enter() noexcept {
        const std::lock_guard lock{mutex_};
        if (users_ == 0) {
            ticker_ = Ticker::started(mutex_, Question{rouse_those_with_reason_});
        }
        users_ += ticker_ ? 1 : 0;
        return ticker_ != nullptr;
    }

    void leave() noexcept {
        std::unique_ptr<Ticker> last; // ends without the mutex, which its thread needs
        const std::lock_guard lock{mutex_};
        if (--users_ == 0) {
            last = std::move(ticker_);
        }
    }

    void add(MonitoredSleep& one) noexcept {
        const std::lock_guard lock{mutex_};
        one.next_ = first_;
        if (first_ != nullptr) {
            first_->previous_ = &one;
        }
        first_ = &one;
        if (ticker_) {
            ticker_->stir();
        }
    }

    void remove(MonitoredSleep& one) noexcept {
        const std::lock_guard lock{mutex_};
        (one.previous_ != nullptr ? one.previous_->next_ : first_) = one.next_;
        if (one.next_ != nullptr) {
            one.next_->previous_ = one.previous_;
        }
    }

    // Neither the thread nor those that slept are in this process.
    void in_forked_child() noexcept {
        new (&mutex_) std::mutex;
        (void)ticker_.release();
        first_ = nullptr;
        users_ = 0;
    }

private:
    // True when some thread sleeps.
    struct RouseThoseWithReason {
        MonitoredSleep*& first;
        bool operator()() const noexcept {
            for (MonitoredSleep* each = first; each != nullptr; each = each->next_) {
                if (each->has_reason()) {
                    each->roused_.store(1);
                    futex_wake_one(each->roused_);
                }
            }
            return first != nullptr;
        }
    };

    std::mutex mutex_;
    MonitoredSleep* first_ = nullptr;
    RouseThoseWithReason rouse_those_with_reason_{first_};
    std::size_t users_ = 0;
    std::unique_ptr<Ticker> ticker_;
    ForkWatch watch_{*this};
};

namespace {

constinit Eternal<SleepMonitor> monitor;

} // namespace

bool MonitorUse::begin() noexcept {
    const std::uint64_t now = process_epoch();
    if (epoch_.load(std::memory_order_acquire) == now) [[likely]] {
        return true;
    }
    if (!monitor->enter()) {
        return false;
    }
    if (epoch_.exchange(now) == now) {
        monitor->leave(); // another thread has entered in the meantime
    }
    return true;
}

MonitorUse::~MonitorUse() {
    if (epoch_.load() == process_epoch()) {
        monitor->leave();
    }
}

MonitoredSleep::MonitoredSleep(MonitorUse& use, const Deadline& deadline, Question has_reason)
    : deadline_{deadline}, has_reason_{has_reason} {
    if (can_wait_on_two_words() && use.begin()) {
        epoch_ = process_epoch();
        monitor->add(*this);
    }
}

// In a child that a signal handler has forked, the monitor has forgotten it.
MonitoredSleep::~MonitoredSleep() {
    if (epoch_ != 0 && epoch_ == process_epoch()) {
        monitor->remove(*this);
    }
}

Slept MonitoredSleep::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                            Deadline::Clock::time_point end,
                            std::chrono::nanoseconds wake_up_is_lost_for) {
    if (epoch_ == 0 || epoch_ != process_epoch() || wake_up_is_lost_for < recheck_period) {
        return sleep_in_periods(
            word, expected, end,
            std::min<std::chrono::nanoseconds>(wake_up_is_lost_for, recheck_period));
    }
    const Slept result = futex_wait_until({word, expected}, {roused_, 0}, end);
    roused_.store(0);
    return result;
}

Slept MonitoredSleep::sleep_in_periods(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                       Deadline::Clock::time_point end,
                                       std::chrono::nanoseconds period) const {
    for (;;) {
        const auto left =
            end == Deadline::Clock::time_point::max()
                ? period
                : std::min<std::chrono::nanoseconds>(end - Deadline::Clock::now(), period);
        if (left <= left.zero()) {
            return Slept::timed_out;
        }
        const Slept result = futex_wait(word, expected, left);
        if (result != Slept::timed_out || has_reason() || period < recheck_period) {
            return result == Slept::timed_out ? Slept::woken : result;
        }
    }
}

} // namespace crex::detail
