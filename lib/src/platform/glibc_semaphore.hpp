// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include <semaphore.h>

// The inside of glibc's sem_t (struct new_sem, since 2.21, on 64 bits). One word of 64 bits holds
// the value, which waiters sleep on, and the number of waiters.

namespace crex::detail {

// Counts this thread as a waiter of the semaphore until the end of the scope, so that sem_post(3)
// wakes it.
class GlibcSemaphoreWaiter {
public:
    static constexpr bool is_possible = sizeof(sem_t) == 32 && sizeof(void*) == 8;

    explicit GlibcSemaphoreWaiter(sem_t& semaphore)
        : word_{*reinterpret_cast<std::atomic<std::uint64_t>*>(&semaphore)} {
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
