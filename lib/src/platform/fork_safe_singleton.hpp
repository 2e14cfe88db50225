// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>

namespace crex::detail {

// The process's one object of a kind: made when it is first asked for, and never destroyed, since
// somebody may still ask while the process ends. Not a static variable with a guard, since another
// thread may fork while that is being made, and the child would wait for it for ever.
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

private:
    std::atomic<Object*> object_{nullptr};
};

} // namespace crex::detail
