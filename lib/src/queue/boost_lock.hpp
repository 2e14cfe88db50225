// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include <pthread.h>

#include <crex/inventory.hpp>

#include "platform/deadline.hpp"

namespace crex::detail {

// The mutex of a Boost queue, taken with a bound.
//
// Boost's lock() waits for ever for a holder that was killed; its time-outs are a macro that
// changes inline functions, which in a program that includes Boost with other settings are not
// ours to choose. So this asks pthread_mutex_trylock(3) again and again, and watches the holder,
// whose thread id glibc keeps in the mutex. A holder that has stood still for longer than any
// critical section takes has abandoned the lock:
//
//   1 s   it is gone, or its id belongs to a thread that does not have the queue mapped
//   2 s   killed just between taking the lock and signing it, or vice versa: no id to be seen
//   10 s  it is there and running, but lets go of nothing: a reused thread id
//   never it is stopped, and will go on when continued
//
// The first bound is not zero because a holder in another container is out of sight.
class BoostLock {
public:
    enum class Outcome { acquired, deadline_passed, interrupted, abandoned };

    BoostLock(pthread_mutex_t& mutex, ObjectId queue) : mutex_{mutex}, queue_{queue} {}

    // Waits as the deadline allows, and a moment in any case, since a lock in use is no reason to
    // call a queue full or empty. Outstays the deadline, by a second at most and only once, to
    // find out that a holder has died.
    Outcome acquire(const Deadline& deadline);
    void release() { pthread_mutex_unlock(&mutex_); }

    // Who it was that abandoned it, for an error's text.
    [[nodiscard]] std::string abandoned_by() const;

private:
    class Watch;

    std::optional<Outcome> try_lock();
    Outcome wait(const Deadline& deadline);
    [[nodiscard]] int holder() const;
    [[nodiscard]] bool holder_is_gone(int holder) const;

    pthread_mutex_t& mutex_;
    ObjectId queue_;
    std::atomic<int> abandoned_by_{0}; // so that later calls need not find out again
};

} // namespace crex::detail
