// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <initializer_list>
#include <thread>

#include "platform/cancellation.hpp"
#include "robust/event_count.hpp"
#include "robust/participant.hpp"

namespace crex::detail::robust {

// The calls of a handle that may wait, and closing the handle while they do.
class CallGate {
public:
    explicit CallGate(Participant& self) : self_{self} {}

    // One such call, until the end of the scope.
    class Pass {
    public:
        explicit Pass(const CallGate& gate) : calls_{gate.self_.calls()} { ++calls_; }
        ~Pass() { --calls_; }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;

    private:
        std::atomic<int>& calls_;
    };

    // Calls must end their waits while it is true: see throw_closed_meanwhile().
    [[nodiscard]] const std::atomic<bool>& is_closing() const noexcept { return is_closing_; }

    // Ends the calls under way, which sleep on these event counts, and returns when there are none.
    void close(std::initializer_list<EventCount*> events) noexcept {
        const CancellationHeld held;
        is_closing_ = true;
        while (self_.joined() && self_.calls() != 0) {
            for (EventCount* event : events) {
                wake_all(*event);
            }
            std::this_thread::sleep_for(std::chrono::microseconds{100});
        }
    }

    // For a handle of which something can still be used.
    void reopen() noexcept { is_closing_ = false; }

private:
    Participant& self_;
    std::atomic<bool> is_closing_{false};
};

} // namespace crex::detail::robust
