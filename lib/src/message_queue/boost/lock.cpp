// SPDX-License-Identifier: BSL-1.0
#include "message_queue/boost/lock.hpp"

#include <cerrno>
#include <chrono>
#include <limits>

#include <linux/futex.h>
#include <unistd.h>

#include "platform/process.hpp"

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

constexpr int not_recoverable = std::numeric_limits<int>::max() - 1; // glibc's own number
constexpr auto between_looks = 20ms;                                 // a look reads /proc

} // namespace

BoostLock::Attempt BoostLock::attempt() {
    const int error = pthread_mutex_trylock(&mutex_);
    if (error == EOWNERDEAD) { // robust from Boost 1.78 on; Boost unlocks it here, too
        pthread_mutex_unlock(&mutex_);
    }
    if (error == 0) {
        return Attempt::acquired;
    }
    return error == EBUSY ? Attempt::held : Attempt::lost;
}

// glibc's own fields: the futex word, not zero while locked, and the holder's thread id.

bool BoostLock::is_held() const {
    return __atomic_load_n(&mutex_.__data.__lock, __ATOMIC_RELAXED) != 0;
}

// The kernel marks the word when the holder dies. The first attempt afterwards leaves the mutex
// unlocked, with a holder that cannot exist.
bool BoostLock::is_lost() const {
    const auto word =
        static_cast<unsigned>(__atomic_load_n(&mutex_.__data.__lock, __ATOMIC_RELAXED));
    return (word & FUTEX_OWNER_DIED) != 0 || holder() == not_recoverable;
}

int BoostLock::holder() const { return __atomic_load_n(&mutex_.__data.__owner, __ATOMIC_RELAXED); }

// This thread does not hold the lock here, so if its id is in the mutex, the id was reused.
bool BoostLock::is_gone(int holder) const {
    return holder == gettid() || thread_state(holder) == ThreadState::gone ||
           maps_object(holder, queue_) == Mapped::no;
}

BoostLock::Watch::Verdict BoostLock::Watch::look(std::uint64_t progress) {
    const auto now = Deadline::Clock::now();
    if (now - last_look_ < between_looks) {
        return verdict_;
    }
    last_look_ = now;
    const int holder = lock_.holder();
    if (holder != holder_ || progress != progress_) {
        holder_ = holder;
        progress_ = progress;
        since_ = now;
    }
    verdict_ = is_known(holder, progress) ? Verdict::abandoned : judge(now - since_);
    if (verdict_ == Verdict::abandoned) {
        lock_.abandoned_at_.store(progress, std::memory_order_relaxed);
        lock_.abandoned_by_.store(holder, std::memory_order_relaxed);
    }
    return verdict_;
}

bool BoostLock::Watch::is_known(int holder, std::uint64_t progress) const {
    return lock_.abandoned_by_.load(std::memory_order_relaxed) == holder &&
           lock_.abandoned_at_.load(std::memory_order_relaxed) == progress;
}

BoostLock::Watch::Verdict BoostLock::Watch::judge(Deadline::Clock::duration still) const {
    if (holder_ == 0) {
        return still >= 2s ? Verdict::abandoned : Verdict::suspect;
    }
    if (lock_.is_gone(holder_)) {
        return still >= 1s ? Verdict::abandoned : Verdict::suspect;
    }
    const bool stopped = thread_state(holder_) == ThreadState::stopped;
    return still >= 10s && !stopped ? Verdict::abandoned : Verdict::in_use;
}

std::string BoostLock::Watch::holder() const {
    return holder_ > 0 ? "thread " + std::to_string(holder_) : "a thread unknown";
}

} // namespace crex::detail
