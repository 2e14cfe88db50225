// SPDX-License-Identifier: BSL-1.0
#include <string>
#include <utility>

#include <signal.h>

#include "message_queue/impl.hpp"

namespace crex {

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
