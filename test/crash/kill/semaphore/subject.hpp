// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <crex/robust_semaphore.hpp>

// The semaphores under test behind one interface, so that one harness can judge all of them.

namespace crash {

/// A handle.
class SemaphoreUnderTest {
public:
    virtual ~SemaphoreUnderTest() = default;
    virtual bool acquire_for(std::chrono::milliseconds timeout) = 0;
    virtual void release(unsigned count) = 0;
    [[nodiscard]] virtual unsigned value() = 0;

    /// crex's own handle, if this is a robust semaphore.
    virtual crex::RobustSemaphore* robust() { return nullptr; }
};

struct SemaphoreSubject {
    const char* name;
    std::unique_ptr<SemaphoreUnderTest> (*create)(const std::string& name, unsigned permits);
    std::unique_ptr<SemaphoreUnderTest> (*open)(const std::string& name);
    void (*unlink)(const std::string& name);
    std::string (*path)(const std::string& name);
};

extern const SemaphoreSubject robust_semaphore;
extern const SemaphoreSubject posix_semaphore;  // loses the permits of a dead holder
extern const SemaphoreSubject unsafe_semaphore; // records the holders, but not in one step

} // namespace crash
