// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <crex/robust_semaphore.hpp>

// The semaphores under test behind one interface, so that one harness can judge all of them.

namespace crash {

/// A handle.
class Gate {
public:
    virtual ~Gate() = default;
    virtual bool acquire_for(std::chrono::milliseconds timeout) = 0;
    virtual void release(unsigned count) = 0;
    [[nodiscard]] virtual unsigned value() = 0;

    /// crex's own handle, if this is a robust semaphore.
    virtual crex::RobustSemaphore* robust() { return nullptr; }
};

struct GateSubject {
    const char* name;
    std::unique_ptr<Gate> (*create)(const std::string& name, unsigned permits);
    std::unique_ptr<Gate> (*open)(const std::string& name);
    void (*unlink)(const std::string& name);
    std::string (*path)(const std::string& name);
};

extern const GateSubject robust_gate;
extern const GateSubject posix_gate;    // loses the permits of a dead holder
extern const GateSubject careless_gate; // records the holders, but not in one step

} // namespace crash
