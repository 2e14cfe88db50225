// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>

namespace crex::detail {

// The process's only object of a type: made at its first use and never destroyed, since a thread
// may still use it while the process ends. Not a static variable with a guard: if a thread forked
// while another made that, the child would wait for it forever.
template <class Object> class ForkSafeSingleton {
public:
    Object& operator*() {
        Object* known = object_.load(std::memory_order_acquire);
        if (known == nullptr) [[unlikely]] {
            auto fresh = std::make_unique<Object>();
            if (object_.compare_exchange_strong(known, fresh.get())) {
                known = fresh.release();
            }
        }
        return *known;
    }
    Object* operator->() { return &**this; }

    // Null before the first use. Async-signal-safe.
    [[nodiscard]] Object* made() const noexcept { return object_.load(std::memory_order_acquire); }

private:
    std::atomic<Object*> object_{nullptr};
};

} // namespace crex::detail
