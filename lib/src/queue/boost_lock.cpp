// SPDX-License-Identifier: BSL-1.0
#include "queue/boost_lock.hpp"

#include <cerrno>
#include <chrono>

#include <unistd.h>

#include "platform/backoff.hpp"
#include "platform/process.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

constexpr Timeout moment_in_any_case = 20ms;
constexpr auto between_looks = 20ms;

} // namespace

// Tells how long the lock has been in the same hands.
class BoostLock::Watch {
public:
    enum class Verdict { in_use, suspect, abandoned };

    explicit Watch(const BoostLock& lock) : lock_{lock} {}

    Verdict look() {
        const auto now = Deadline::Clock::now();
        if (now - last_look_ < between_looks) {
            return verdict_;
        }
        last_look_ = now;
        const int holder = lock_.holder();
        if (holder != holder_) {
            holder_ = holder;
            since_ = now;
        }
        verdict_ = judge(now - since_);
        return verdict_;
    }

    [[nodiscard]] int holder() const { return holder_; }

private:
    [[nodiscard]] Verdict judge(Deadline::Clock::duration still) const {
        if (holder_ == 0) {
            return still >= 2s ? Verdict::abandoned : Verdict::in_use;
        }
        if (lock_.holder_is_gone(holder_)) {
            return still >= 1s ? Verdict::abandoned : Verdict::suspect;
        }
        const bool stopped = thread_state(holder_) == ThreadState::stopped;
        return still >= 10s && !stopped ? Verdict::abandoned : Verdict::in_use;
    }

    const BoostLock& lock_;
    int holder_ = -1;
    Verdict verdict_ = Verdict::in_use;
    Deadline::Clock::time_point since_;
    Deadline::Clock::time_point last_look_;
};

BoostLock::Outcome BoostLock::acquire(const Deadline& deadline) {
    const auto outcome = try_lock();
    return outcome ? *outcome : wait(deadline);
}

// Nothing means that somebody holds it.
std::optional<BoostLock::Outcome> BoostLock::try_lock() {
    const int error = pthread_mutex_trylock(&mutex_);
    if (error == EBUSY) {
        return std::nullopt;
    }
    if (error == EOWNERDEAD) { // later versions of Boost use robust mutexes, and then give up too
        pthread_mutex_unlock(&mutex_);
    }
    return error == 0 ? Outcome::acquired : Outcome::abandoned;
}

BoostLock::Outcome BoostLock::wait(const Deadline& deadline) {
    const int known = abandoned_by_.load(std::memory_order_relaxed);
    if (known != 0 && holder() == known && holder_is_gone(known)) {
        return Outcome::abandoned;
    }
    const Deadline moment{moment_in_any_case};
    Backoff backoff{Deadline{no_timeout}};
    Watch watch{*this};
    for (;;) {
        if (backoff.pause() == Backoff::Outcome::interrupted) {
            return Outcome::interrupted;
        }
        if (const auto outcome = try_lock()) {
            return *outcome;
        }
        if (!backoff.sleeping()) {
            continue;
        }
        const auto verdict = watch.look();
        if (verdict == Watch::Verdict::abandoned) {
            abandoned_by_.store(watch.holder(), std::memory_order_relaxed);
            return Outcome::abandoned;
        }
        if (verdict == Watch::Verdict::in_use && deadline.passed() && moment.passed()) {
            return Outcome::deadline_passed;
        }
    }
}

std::string BoostLock::abandoned_by() const {
    const int holder = abandoned_by_.load(std::memory_order_relaxed);
    return holder > 0 ? "thread " + std::to_string(holder) : "a thread unknown";
}

// glibc keeps the holder's thread id here while the mutex is locked; so do its debuggers know it.
int BoostLock::holder() const { return __atomic_load_n(&mutex_.__data.__owner, __ATOMIC_RELAXED); }

// This very thread holds nothing, or it would not be here: its id has been used before.
bool BoostLock::holder_is_gone(int holder) const {
    return holder == gettid() || thread_state(holder) == ThreadState::gone ||
           maps_object(holder, queue_) == Mapped::no;
}

} // namespace crex::detail
