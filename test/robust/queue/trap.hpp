// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>

#include <signal.h>
#include <sys/mman.h>

namespace test {

/// Memory that nobody has touched. Whoever does runs `when_touched` first, in a signal handler. A
/// copy from here or to here is so interrupted for certain, wherever it is made: inside a lock,
/// say.
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
