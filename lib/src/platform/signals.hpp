// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>

namespace crex::detail {

// Holds back all signals of this thread until the end of the scope. For starting threads of our
// own, which inherit the mask: signals are for the program's.
class SignalsHeld {
public:
    SignalsHeld() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};

} // namespace crex::detail
