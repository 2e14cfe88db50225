// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <pthread.h>

#include <crex/inventory.hpp>

#include "platform/deadline.hpp"

namespace crex::detail {

// The mutex of a Boost queue, without ever waiting for it.
//
// Boost's lock() waits for ever for a holder that was killed; its time-outs are a macro that
// changes inline functions, which in a program that includes Boost with other settings are not
// ours to choose. So the mutex is only tried, again and again, and its holder, whose thread id
// glibc keeps in it, is watched meanwhile.
class BoostLock {
public:
    enum class Attempt { acquired, held, lost };

    BoostLock(pthread_mutex_t& mutex, ObjectId queue) : mutex_{mutex}, queue_{queue} {}

    [[nodiscard]] Attempt attempt();
    void release() { pthread_mutex_unlock(&mutex_); }

    // Whether somebody has it. Only a glance; for a look at a queue one does not want to change.
    [[nodiscard]] bool is_held() const;

    // Whether its holder has died, so that every attempt from now on fails. Only a glance, too, and
    // only a robust lock knows, which Boost makes from 1.78 on.
    [[nodiscard]] bool is_lost() const;

    class Watch;

private:
    [[nodiscard]] int holder() const;
    [[nodiscard]] bool is_gone(int holder) const;

    pthread_mutex_t& mutex_;
    ObjectId queue_;

    // The last verdict, so that later calls need not find out again: who held the lock, and how far
    // the queue had got.
    static constexpr int nobody = -1;
    std::atomic<int> abandoned_by_{nobody};
    std::atomic<std::uint64_t> abandoned_at_{0};
};

// Watches a held lock during one call. A lock that stands still in the same hands, with nothing in
// the queue changing, for longer than any critical section takes has been abandoned:
//
//   1 s   the holder is gone, or its id belongs to a thread that does not have the queue mapped
//   2 s   there is no id to be seen: killed just between taking the lock and signing it
//   10 s  the holder is there and running, but lets go of nothing: a reused thread id
//   never it is stopped, and will go on when continued
//
// The first bound is not zero because a holder in another container is out of sight.
class BoostLock::Watch {
public:
    enum class Verdict { in_use, suspect, abandoned };

    explicit Watch(BoostLock& lock) : lock_{lock} {}

    // To be asked every now and then while the lock is held. `progress` is a number that changes
    // when the queue does. Suspect: it may be abandoned, wait and ask again.
    Verdict look(std::uint64_t progress);

    // Who has abandoned it, for an error's text.
    [[nodiscard]] std::string holder() const;

private:
    [[nodiscard]] bool is_known(int holder, std::uint64_t progress) const;
    [[nodiscard]] Verdict judge(Deadline::Clock::duration still) const;

    BoostLock& lock_;
    int holder_ = nobody;
    std::uint64_t progress_ = 0;
    Verdict verdict_ = Verdict::in_use;
    Deadline::Clock::time_point since_;
    Deadline::Clock::time_point last_look_;
};

} // namespace crex::detail
