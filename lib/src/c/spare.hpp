// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace crex::c {

// Gives `Handle` an operator new and delete that keep the memory of one handle for each thread.
// Handles of loans and leases come and go with each message: malloc(3) and free(3) would take a
// tenth of its time.
template <class Handle> class Spare {
public:
    static void* operator new(std::size_t size) {
        void* const kept = std::exchange(memory_, nullptr);
        return kept != nullptr ? kept : ::operator new(size);
    }
    static void* operator new(std::size_t size, const std::nothrow_t& nothrow) noexcept {
        void* const kept = std::exchange(memory_, nullptr);
        return kept != nullptr ? kept : ::operator new(size, nothrow);
    }
    static void operator delete(void* memory) noexcept {
        if (memory_ == nullptr && end_.is_to_come()) [[likely]] {
            memory_ = memory;
        } else {
            ::operator delete(memory);
        }
    }

private:
    // Frees what the thread has kept when it ends. Other objects of the thread may free handles
    // after that.
    class End {
    public:
        ~End() {
            ::operator delete(std::exchange(memory_, nullptr));
            has_come_ = true;
        }
        [[nodiscard]] bool is_to_come() const { return !has_come_; }
    };

    constinit static inline thread_local void* memory_ = nullptr;
    constinit static inline thread_local bool has_come_ = false;
    static inline thread_local End end_;
};

} // namespace crex::c
