// SPDX-License-Identifier: BSL-1.0
#include "message_queue/notification.hpp"

#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace crex::detail {
namespace {

// Sends the signal as the kernel's queues do: si_code says that it comes from a queue, which
// sigqueue(3) cannot do. The sender's process and user stay 0, since they are not known.
void send_signal(int number, void* value) {
    siginfo_t info{};
    info.si_signo = number;
    info.si_code = SI_MESGQ;
    info.si_value.sival_ptr = value;
    syscall(SYS_rt_sigqueueinfo, getpid(), number, &info);
}

} // namespace

Notification::Notification(std::function<void()> function) : function_{std::move(function)} {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
}

void Notification::deliver() const {
    if (is_signal()) {
        send_signal(signal_, value_);
        return;
    }
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    function_();
}

} // namespace crex::detail
