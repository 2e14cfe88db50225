// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>

#include <signal.h>
#include <sys/mman.h>

namespace test {

/// Memory that has not been touched. The thread that touches it first runs `when_touched`, in a
/// signal handler. So a copy from or to this memory is certainly interrupted wherever it is made,
/// for example inside a lock.
class Trap {
public:
    explicit Trap(std::size_t size, void (*when_touched)()) : size_{size} {
        memory_ = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        set = this;
        when_touched_ = when_touched;
        struct sigaction action {};
        action.sa_handler = [](int) {
            set->when_touched_();
            mprotect(set->memory_, set->size_, PROT_READ | PROT_WRITE);
        };
        sigaction(SIGSEGV, &action, &before_);
    }
    ~Trap() {
        sigaction(SIGSEGV, &before_, nullptr);
        munmap(memory_, size_);
    }
    Trap(const Trap&) = delete;
    Trap& operator=(const Trap&) = delete;

    [[nodiscard]] std::span<std::byte> bytes() const {
        return {static_cast<std::byte*>(memory_), size_};
    }

private:
    static inline Trap* set = nullptr;

    std::size_t size_;
    void* memory_;
    void (*when_touched_)();
    struct sigaction before_ {};
};

} // namespace test
