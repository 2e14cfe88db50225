// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/syscall.h>
#include <unistd.h>

#include "subjects/futex.hpp"
#include "subjects/shared_object.hpp"
#include "subjects/subject.hpp"

// The least that a semaphore can take.

namespace bench {

// One atomic operation for each call, for one permit and one waiter. The waiter polls, or it sleeps
// and each release makes a system call to wake it, whether it waits or not.
template <bool sleeping> class AtomicFlag : public Properties {
public:
    static constexpr std::string_view waiting = sleeping ? waits::sleeping : waits::spinning;
    static constexpr bool is_limit = true;

    static void create(const std::string& object, unsigned permits) {
        Shared::create(object, 0);
        const Shared flag{object};
        flag->value = permits;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    explicit AtomicFlag(const std::string& object) : flag_{object} {}

    void acquire() {
        while (flag_->value.exchange(0, std::memory_order_acquire) == 0) {
            if constexpr (sleeping) {
                futex_wait(flag_->value, 0);
            }
        }
    }
    void release() {
        flag_->value.exchange(1, std::memory_order_release);
        if constexpr (sleeping) {
            futex_wake_one(flag_->value);
        }
    }

private:
    struct alignas(128) Flag {
        std::atomic<std::uint32_t> value{0};
    };
    using Shared = SharedObject<Flag>;

    Shared flag_;
};

// Two system calls that do nothing. Not a semaphore, so nothing can wait for it.
class TwoSystemCalls : public Properties {
public:
    static constexpr bool is_limit = true;

    static void create(const std::string&, unsigned) {}
    static void remove(const std::string&) noexcept {}

    explicit TwoSystemCalls(const std::string&) {}

    void acquire() { syscall(SYS_getppid); }
    void release() { syscall(SYS_getppid); }
};

} // namespace bench
