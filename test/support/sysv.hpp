// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <crex/sysv.hpp>

namespace test {

/// A key that no object has. It is noted before an object gets it; the last test checks whether an
/// object still has it (leftovers.py). Notes belong to one build tree, so parallel runs do not
/// meet.
std::int32_t unique_key();

enum class SysvKind { semaphores, memory, queue };

/// Notes an object without a key of unique_key().
void note(SysvKind kind, int id);

inline void note(const crex::sysv::Semaphore& it) { note(SysvKind::semaphores, it.id()); }
inline void note(const crex::sysv::SemaphoreSet& it) { note(SysvKind::semaphores, it.id()); }
inline void note(const crex::sysv::SharedMemory& it) { note(SysvKind::memory, it.id()); }
inline void note(const crex::sysv::MessageQueue& it) { note(SysvKind::queue, it.id()); }

/// A handle whose object is removed when the test ends, however it ends.
template <class Handle> class OnlyHere {
public:
    explicit OnlyHere(Handle handle) : handle_{handle}, removed_{handle} { note(handle); }

    Handle* operator->() { return &handle_; }
    Handle& operator*() { return handle_; }

private:
    Handle handle_;
    crex::sysv::RemoveOnDestroy<Handle> removed_;
};

} // namespace test
