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
// timeout. But the process that has to send the wake-up may die. So each process has a thread for
// this alone, the monitor. It checks, for each sleeping thread, whether that thread has a reason to
// wake up, and wakes it if so. It checks every 50 ms if a death would leave something behind that
// matters to any of them, otherwise every 250 ms. The monitor blocks all signals.
//
// The first sleep through a handle starts the monitor. It ends when the last handle through which a
// thread has slept is closed. When no thread sleeps, it soon sleeps as well. A forked child gets
// its own monitor when it first sleeps. Where a monitor cannot be started, or the kernel has no
// futex_waitv(2) (before Linux 5.16), the sleeping thread itself checks every 50 ms.

namespace crex::detail {

inline constexpr std::chrono::milliseconds short_recheck_period{45}; // and up to 5 ms for the check
inline constexpr std::chrono::milliseconds long_recheck_period{250};

// What a check for a reason to wake up finds, the least urgent first.
enum class Finding {
    nothing_at_stake, // no reason, and a death would bring none
    at_stake,         // no reason now
    reason
};

// A handle's use of the monitor.
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

// A check that any thread may run. It must not wait or throw. It returns a Finding, or a bool: true
// means Finding::reason, false Finding::at_stake.
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
    // `has_reason` says whether the thread has a reason to wake up. The monitor asks it until the
    // end of the scope. A requested stop is always a reason. While nothing is at stake, a change of
    // `alerts` and a wake-up on it make the monitor ask again within 50 ms.
    MonitoredSleep(MonitorUse& monitor, const Deadline& deadline, Question has_reason,
                   std::atomic<std::uint32_t>* alerts = nullptr);
    ~MonitoredSleep();
    MonitoredSleep(const MonitoredSleep&) = delete;
    MonitoredSleep& operator=(const MonitoredSleep&) = delete;

    // Whether the monitor asks. If not, the sleeping thread itself does.
    [[nodiscard]] bool is_monitored() const noexcept { return epoch_ != 0; }

    // Sleeps while the word is `expected`, until `end` at most. `woken` may be spurious: check
    // again. If a wake-up can get lost, `wake_up_is_lost_for` limits for how long.
    Slept sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                Deadline::Clock::time_point end,
                std::chrono::nanoseconds wake_up_is_lost_for = std::chrono::nanoseconds::max());

private:
    friend class SleepMonitor;

    [[nodiscard]] Finding check() const noexcept;
    Slept sleep_in_periods(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                           Deadline::Clock::time_point end, std::chrono::nanoseconds period) const;

    const Deadline& deadline_;
    Question has_reason_;
    std::atomic<std::uint32_t>* alerts_;
    std::uint64_t epoch_ = 0; // of the process whose monitor knows of it; 0 when none does
    bool has_slept_ = false;
    std::atomic<std::uint32_t> roused_{0};
    MonitoredSleep* next_ = nullptr;
    MonitoredSleep* previous_ = nullptr;
};

} // namespace crex::detail
