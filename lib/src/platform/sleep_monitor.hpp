// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "platform/deadline.hpp"
#include "platform/fork.hpp"
#include "platform/futex.hpp"

// Sleeping until a wake-up comes, and what ends a sleep whose wake-up will never come.
//
// A thread that waits for another process sleeps until it is woken, and not for a period at a time:
// a signal handler that runs while a period ends leaves no trace, since futex(2) then reports the
// timeout. But the process that has to send the wake-up may die. So each process has one thread
// that does nothing else, the monitor. At least every 50 ms it asks, for each thread that sleeps,
// whether that thread has a reason to wake up, and wakes it if so; every 250 ms as long as a death
// would leave nothing behind that matters to any of them. The monitor blocks all signals.
//
// The first sleep through a handle starts the monitor; it ends when the last handle through which
// a thread has slept is closed. When no thread sleeps, it soon sleeps as well. A forked child gets
// a monitor of its own when it first sleeps. Where a monitor cannot be started, or the kernel has
// no futex_waitv(2) (before Linux 5.16), the sleeping thread itself asks every 50 ms.

namespace crex::detail {

inline constexpr std::chrono::milliseconds recheck_period{45}; // and up to 5 to look
inline constexpr std::chrono::milliseconds calm_recheck_period{250};

// What a look for a reason to wake up finds, the more urgent the greater.
enum class Finding {
    calm,     // none, and none that a death could bring
    at_stake, // none now
    reason
};

// A handle's share in the monitor.
class MonitorUse {
public:
    MonitorUse() = default;
    ~MonitorUse();
    MonitorUse(const MonitorUse&) = delete;
    MonitorUse& operator=(const MonitorUse&) = delete;

    // Makes sure that the monitor runs in this process. False when it cannot.
    bool begin() noexcept;

private:
    std::atomic<std::uint64_t> epoch_{0}; // of the process whose monitor is in use
};

// A question that any thread may ask, without waiting and without an exception. The answer is a
// Finding, or a bool: true is a reason, false may become one at any time.
class Question {
public:
    template <class Ask>
    explicit Question(const Ask& ask)
        : ask_{&ask}, call_{[](const void* its) {
              return found((*static_cast<const Ask*>(its))());
          }} {}
    [[nodiscard]] Finding answer() const noexcept { return call_(ask_); }

private:
    static Finding found(Finding finding) { return finding; }
    static Finding found(bool reason) { return reason ? Finding::reason : Finding::at_stake; }

    const void* ask_;
    Finding (*call_)(const void*);
};

// The sleeps of one thread in one call.
class MonitoredSleep {
public:
    // `has_reason` tells whether the thread has something to wake up for; it is asked by the
    // monitor, until the end of the scope. A requested stop is always a reason. While the answer is
    // calm, a change of `calls`, with a wake-up there, has it asked again soon.
    MonitoredSleep(MonitorUse& monitor, const Deadline& deadline, Question has_reason,
                   std::atomic<std::uint32_t>* calls = nullptr);
    ~MonitoredSleep();
    MonitoredSleep(const MonitoredSleep&) = delete;
    MonitoredSleep& operator=(const MonitoredSleep&) = delete;

    // Whether the monitor asks; if not, the sleeping thread itself does.
    [[nodiscard]] bool is_monitored() const noexcept { return epoch_ != 0; }

    // Sleeps while the word is `expected`, until `end` at most. "woken" may be for no reason: look
    // again. When a wake-up may get lost, say for how long it may at most.
    Slept sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                Deadline::Clock::time_point end,
                std::chrono::nanoseconds wake_up_is_lost_for = std::chrono::nanoseconds::max());

private:
    friend class SleepMonitor;

    [[nodiscard]] Finding look() const noexcept;
    Slept sleep_in_periods(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                           Deadline::Clock::time_point end, std::chrono::nanoseconds period) const;

    const Deadline& deadline_;
    Question has_reason_;
    std::atomic<std::uint32_t>* calls_;
    std::uint64_t epoch_ = 0; // of the process whose monitor knows of it; 0 when none does
    bool has_slept_ = false;
    std::atomic<std::uint32_t> roused_{0};
    MonitoredSleep* next_ = nullptr;
    MonitoredSleep* previous_ = nullptr;
};

} // namespace crex::detail
