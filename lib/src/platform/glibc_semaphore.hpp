// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include <limits.h>
#include <semaphore.h>

// The inside of glibc's sem_t (struct new_sem, since 2.21, on 64 bits). One word of 64 bits holds
// the value, which waiters sleep on, and the number of waiters.

namespace crex::detail {

inline constexpr bool knows_glibc_semaphore = sizeof(sem_t) == 32 && sizeof(void*) == 8;

inline std::atomic<std::uint64_t>& word_of(sem_t& semaphore) {
    return *reinterpret_cast<std::atomic<std::uint64_t>*>(&semaphore);
}

// sem_trywait(3), without the call of another library. False when it has done nothing: the value is
// 0.
inline bool take_permit(sem_t& semaphore) noexcept {
    if constexpr (!knows_glibc_semaphore) {
        return sem_trywait(&semaphore) == 0;
    }
    std::atomic<std::uint64_t>& word = word_of(semaphore);
    std::uint64_t now = word.load(std::memory_order_relaxed);
    while (static_cast<std::uint32_t>(now) != 0) {
        if (word.compare_exchange_weak(now, now - 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

// sem_post(3), `n` times at once. False when it has done nothing: there is a waiter, which must be
// woken, or the value would be above its maximum.
inline bool add_permits(sem_t& semaphore, unsigned n) noexcept {
    if constexpr (!knows_glibc_semaphore) {
        return n == 1 && sem_post(&semaphore) == 0;
    }
    std::atomic<std::uint64_t>& word = word_of(semaphore);
    std::uint64_t now = word.load(std::memory_order_relaxed);
    while (now + n <= SEM_VALUE_MAX) { // a waiter makes it larger, too
        if (word.compare_exchange_weak(now, now + n, std::memory_order_release,
                                       std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

// Counts this thread as a waiter of the semaphore until the end of the scope, so that sem_post(3)
// wakes it.
class GlibcSemaphoreWaiter {
public:
    explicit GlibcSemaphoreWaiter(sem_t& semaphore) : word_{word_of(semaphore)} {
        word_.fetch_add(one_waiter);
    }
    ~GlibcSemaphoreWaiter() { word_.fetch_sub(one_waiter); }
    GlibcSemaphoreWaiter(const GlibcSemaphoreWaiter&) = delete;
    GlibcSemaphoreWaiter& operator=(const GlibcSemaphoreWaiter&) = delete;

    [[nodiscard]] std::atomic<std::uint32_t>& value() const {
        constexpr int half = std::endian::native == std::endian::little ? 0 : 1;
        return reinterpret_cast<std::atomic<std::uint32_t>*>(&word_)[half];
    }

private:
    static constexpr std::uint64_t one_waiter = std::uint64_t{1} << 32;

    std::atomic<std::uint64_t>& word_;
};

} // namespace crex::detail
