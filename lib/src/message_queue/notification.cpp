// SPDX-License-Identifier: BSL-1.0
#include "message_queue/impl.hpp"

#include <string>
#include <utility>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace crex {
namespace detail {
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

} // namespace detail

void MessageQueue::request_notification(Signal signal, SecondRequest second) {
    const auto [impl, call] = use("MessageQueue::request_notification");
    sigset_t set;
    sigemptyset(&set);
    if (sigaddset(&set, signal.number) != 0) {
        detail::throw_invalid(call, "there is no signal " + std::to_string(signal.number));
    }
    impl.queue->notify(call, {signal.number, signal.value}, second);
}

void MessageQueue::request_notification(std::function<void()> function, SecondRequest second) {
    const auto [impl, call] = use("MessageQueue::request_notification");
    if (!function) {
        detail::throw_invalid(call, "the function is empty");
    }
    impl.queue->notify(call, detail::Notification{std::move(function)}, second);
}

void MessageQueue::request_notification() {
    use("MessageQueue::request_notification").impl.queue->cancel_notification();
}

} // namespace crex
