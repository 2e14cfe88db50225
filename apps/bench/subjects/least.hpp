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

// One atomic operation for each call, and one system call to wake the waiter, whether there is one
// or not. For one permit and one waiter.
class FutexWake : public Properties {
public:
    static constexpr bool is_limit = true;

    static void create(const std::string& object, unsigned permits) {
        Shared::create(object, 0);
        Shared { object } -> value = permits;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    explicit FutexWake(const std::string& object) : word_{object} {}

    void acquire() {
        while (word_->value.exchange(0, std::memory_order_acquire) == 0) {
            futex_wait(word_->value, 0);
        }
    }
    void release() {
        word_->value.store(1, std::memory_order_release);
        futex_wake_one(word_->value);
    }

private:
    struct alignas(128) Word {
        std::atomic<std::uint32_t> value{0};
    };
    using Shared = SharedObject<Word>;

    Shared word_;
};

// One atomic operation for each call.
class TwoAtomics : public Properties {
public:
    static constexpr std::string_view waiting = waits::spinning;
    static constexpr bool is_limit = true;

    static void create(const std::string& object, unsigned permits) {
        Shared::create(object, 0);
        Shared { object } -> value = permits;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    explicit TwoAtomics(const std::string& object) : word_{object} {}

    void acquire() {
        while (word_->value.exchange(0, std::memory_order_acquire) == 0) {
        }
    }
    void release() { word_->value.exchange(1, std::memory_order_release); }

private:
    struct alignas(128) Word {
        std::atomic<std::uint32_t> value{0};
    };
    using Shared = SharedObject<Word>;

    Shared word_;
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
