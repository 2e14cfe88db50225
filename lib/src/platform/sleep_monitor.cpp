// SPDX-License-Identifier: BSL-1.0
#include "platform/sleep_monitor.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include <pthread.h>

#include "platform/cancellation.hpp"
#include "platform/fork_safe_singleton.hpp"
#include "platform/signals.hpp"

namespace crex::detail {
namespace {

constexpr unsigned checks_before_rest = 8;
constexpr std::size_t stack_size = 256 << 10;
constexpr std::chrono::nanoseconds longest_rest = std::chrono::hours{1};

} // namespace

// A thread that checks under a mutex, as often as its findings require. After eight checks in a row
// that found no sleeping thread, it rests until hurry().
class Ticker {
public:
    // The most urgent finding, none when no thread sleeps. While nothing is at stake, a change of
    // `alerts`, if any, asks for the next check; `alerts_before` is its value before this check.
    struct Checked {
        std::optional<Finding> found = {};
        std::atomic<std::uint32_t>* alerts = nullptr;
        std::uint32_t alerts_before = 0;
    };
    using Check = Checked (*)(void* its);

    // Null when no further thread can be started.
    static std::unique_ptr<Ticker> started(std::mutex& mutex, Check check, void* its) noexcept {
        std::unique_ptr<Ticker> ticker{new (std::nothrow) Ticker{mutex, check, its}};
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

    // Makes the next check come at most 50 ms after the last.
    void hurry() noexcept {
        if (!hurried_.load(std::memory_order_relaxed) && !hurried_.exchange(true) &&
            period_.load() > short_recheck_period) {
            wake();
        }
    }

private:
    using Clock = Deadline::Clock;

    Ticker(std::mutex& mutex, Check check, void* its) : mutex_{mutex}, check_{check}, its_{its} {}

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
        wake_ups_.fetch_add(1);
        futex_wake_private(wake_ups_);
        futex_wake_one(wake_ups_); // for a sleep on two words, which is not private
    }

    void run() noexcept {
        unsigned for_nobody = 0;
        Checked checked;
        for (auto last = Clock::now();;) {
            const std::uint32_t seen = wake_ups_.load();
            if (stops_) {
                return;
            }
            const std::chrono::nanoseconds period =
                hurried_ ? short_recheck_period : period_.load();
            const std::chrono::nanoseconds left = last + period - Clock::now();
            if (left > left.zero()) {
                if (checked.alerts == nullptr || period <= short_recheck_period) {
                    futex_wait_private(wake_ups_, seen, left);
                } else if (futex_wait_until({wake_ups_, seen},
                                            {*checked.alerts, checked.alerts_before},
                                            Clock::now() + left) == Slept::woken) {
                    hurried_ = true;
                }
                continue;
            }
            hurried_ = false; // first: the check may miss a thread that comes now
            const std::lock_guard lock{mutex_};
            checked = check_(its_);
            last = Clock::now();
            for_nobody = checked.found ? 0 : for_nobody + 1;
            period_ = for_nobody >= checks_before_rest            ? longest_rest
                      : checked.found > Finding::nothing_at_stake ? short_recheck_period
                                                                  : long_recheck_period;
        }
    }

    std::mutex& mutex_;
    Check check_;
    void* its_;
    pthread_t thread_{};
    bool runs_ = false;
    std::atomic<bool> stops_{false};
    std::atomic<bool> hurried_{false};
    std::atomic<std::chrono::nanoseconds> period_{short_recheck_period};
    std::atomic<std::uint32_t> wake_ups_{0}; // what the thread sleeps on
};

class SleepMonitor {
public:
    bool enter() noexcept {
        const std::lock_guard lock{mutex_};
        if (users_ == 0) {
            ticker_ = Ticker::started(mutex_, check_all, this);
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
        hurry();
    }

    // Requires that a handle is open through which a thread sleeps.
    void hurry() noexcept {
        if (ticker_) {
            ticker_->hurry();
        }
    }

    void remove(MonitoredSleep& one) noexcept {
        const std::lock_guard lock{mutex_};
        (one.previous_ != nullptr ? one.previous_->next_ : first_) = one.next_;
        if (one.next_ != nullptr) {
            one.next_->previous_ = one.previous_;
        }
    }

    // Neither the monitor nor the sleeping threads exist in this process.
    void in_forked_child() noexcept {
        new (&mutex_) std::mutex;
        (void)ticker_.release();
        first_ = nullptr;
        users_ = 0;
    }

private:
    static Ticker::Checked check_all(void* its) noexcept {
        Ticker::Checked checked;
        for (auto* each = static_cast<SleepMonitor*>(its)->first_; each != nullptr;
             each = each->next_) {
            if (checked.alerts == nullptr && each->alerts_ != nullptr) {
                checked.alerts = each->alerts_;
                checked.alerts_before = each->alerts_->load();
            }
            Finding found = each->check();
            if (each->alerts_ != nullptr && each->alerts_ != checked.alerts) {
                found = std::max(found, Finding::at_stake); // it can sleep on one such word only
            }
            if (found == Finding::reason) {
                each->roused_.store(1);
                futex_wake_one(each->roused_);
            }
            checked.found = std::max(checked.found, std::optional{found});
        }
        return checked;
    }

    std::mutex mutex_;
    MonitoredSleep* first_ = nullptr;
    std::size_t users_ = 0;
    std::unique_ptr<Ticker> ticker_;
    AtForkChild watch_{*this};
};

namespace {

constinit ForkSafeSingleton<SleepMonitor> monitor;

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

// Without a use there is nothing to end, and the first process_epoch() may lack memory.
MonitorUse::~MonitorUse() {
    const std::uint64_t epoch = epoch_.load();
    if (epoch != 0 && epoch == process_epoch()) {
        monitor->leave();
    }
}

MonitoredSleep::MonitoredSleep(MonitorUse& use, const Deadline& deadline, Question has_reason,
                               std::atomic<std::uint32_t>* alerts)
    : deadline_{deadline}, has_reason_{has_reason}, alerts_{alerts} {
    if (can_wait_on_two_words() && use.begin()) {
        epoch_ = process_epoch();
        monitor->add(*this);
    }
}

// In a child forked by a signal handler during the sleep, the monitor does not know this sleep.
MonitoredSleep::~MonitoredSleep() {
    if (epoch_ != 0 && epoch_ == process_epoch()) {
        monitor->remove(*this);
    }
}

Finding MonitoredSleep::check() const noexcept {
    if (deadline_.is_stopped()) {
        return Finding::reason;
    }
    const Finding found = has_reason_.answer();
    return deadline_.may_be_stopped() ? std::max(found, Finding::at_stake) : found;
}

Slept MonitoredSleep::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                            Deadline::Clock::time_point end,
                            std::chrono::nanoseconds wake_up_is_lost_for) {
    if (epoch_ == 0 || epoch_ != process_epoch() || wake_up_is_lost_for < short_recheck_period) {
        return sleep_in_periods(
            word, expected, end,
            std::min<std::chrono::nanoseconds>(wake_up_is_lost_for, short_recheck_period));
    }
    if (std::exchange(has_slept_, true)) {
        monitor->hurry(); // the last wake-up was in vain: perhaps a check is due
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
        if (result != Slept::timed_out || check() == Finding::reason ||
            period < short_recheck_period) {
            return result == Slept::timed_out ? Slept::woken : result;
        }
    }
}

} // namespace crex::detail
