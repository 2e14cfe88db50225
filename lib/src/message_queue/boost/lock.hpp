// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <pthread.h>

#include <crex/inventory.hpp>

#include "platform/deadline.hpp"

namespace crex::detail {

// The mutex of a Boost queue. crex never waits for it.
//
// Boost's lock() waits forever for a holder that was killed. Its time-outs are a macro that changes
// inline functions; in a program that includes Boost with other settings, crex cannot choose it. So
// crex only tries the mutex, repeatedly. Until that succeeds, it watches the holder, whose thread
// id glibc keeps in the mutex.
class BoostLock {
public:
    enum class Attempt { acquired, held, lost };

    BoostLock(pthread_mutex_t& mutex, ObjectId queue) : mutex_{mutex}, queue_{queue} {}

    [[nodiscard]] Attempt attempt();
    void release() { pthread_mutex_unlock(&mutex_); }

    // Whether the mutex is held. This is only a read, for a queue that must not be changed.
    [[nodiscard]] bool is_held() const;

    // Whether the holder has died, so that every attempt from now on fails. This is only a read.
    // Only a robust mutex shows it; Boost's is robust from 1.78 on.
    [[nodiscard]] bool is_lost() const;

    class Watch;

private:
    [[nodiscard]] int holder() const;
    [[nodiscard]] bool is_gone(int holder) const;

    pthread_mutex_t& mutex_;
    ObjectId queue_;

    // The last verdict, so that later calls do not have to find out again: the holder of the lock,
    // and the queue's progress at that time.
    static constexpr int no_holder = -1;
    std::atomic<int> abandoned_by_{no_holder};
    std::atomic<std::uint64_t> abandoned_at_{0};
};

// Watches a held lock during one call. A lock is abandoned if its holder stays the same, and
// nothing in the queue changes, for longer than any critical section takes:
//
//   1 s   the holder is gone, or its id belongs to a thread that does not have the queue mapped
//   2 s   there is no id: the holder was killed between taking the lock and storing its id
//   10 s  the holder runs, but never releases the lock: its thread id was reused
//   never the holder is stopped, and goes on when it is continued
//
// The first bound is not zero because a holder in another container cannot be seen.
class BoostLock::Watch {
public:
    enum class Verdict { in_use, suspect, abandoned };

    explicit Watch(BoostLock& lock) : lock_{lock} {}

    // Must be called periodically while the lock is held. `progress` is a number that changes when
    // the queue does. Suspect: the lock may be abandoned; wait and call again.
    Verdict look(std::uint64_t progress);

    // The holder that has abandoned the lock, for an error's text.
    [[nodiscard]] std::string holder() const;

private:
    [[nodiscard]] bool is_known(int holder, std::uint64_t progress) const;
    [[nodiscard]] Verdict judge(Deadline::Clock::duration still) const;

    BoostLock& lock_;
    int holder_ = no_holder;
    std::uint64_t progress_ = 0;
    Verdict verdict_ = Verdict::in_use;
    Deadline::Clock::time_point since_;
    Deadline::Clock::time_point last_look_;
};

} // namespace crex::detail
