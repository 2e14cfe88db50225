// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pthread.h>

namespace crex::detail {

// While it exists, pthread_cancel(3) does nothing to this thread: the request stays, and acts at
// the first cancellation point after the scope. Otherwise it would act in functions that no
// exception may leave, or while a lock is held. So there is one around each call that pthreads(7)
// lists as a cancellation point (read(2), open(2), close(2), poll(2), sem_wait(3)) and around
// joining a thread. Sleeping on a futex is none.
class CancellationHeld {
public:
    CancellationHeld() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~CancellationHeld() { pthread_setcancelstate(before_, nullptr); }
    CancellationHeld(const CancellationHeld&) = delete;
    CancellationHeld& operator=(const CancellationHeld&) = delete;

    // Ends the thread by an exception if it has been cancelled. The caller must hold no lock, and
    // each function of crex on the stack must let exceptions through.
    void let_in() const {
        pthread_setcancelstate(before_, nullptr);
        pthread_testcancel();
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    }

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

} // namespace crex::detail
