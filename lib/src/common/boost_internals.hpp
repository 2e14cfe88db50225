// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <pthread.h>
#include <semaphore.h>

#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/named_semaphore.hpp>

#include "platform/file.hpp"

// The system's objects inside Boost's, which hides them: the sem_t of a named_semaphore, the
// pthread_mutex_t of an interprocess_mutex, the descriptor of a shared_memory_object. Opening the
// name a second time instead would be a race with unlink().

namespace crex::detail {

// An explicit instantiation may name private members. This one returns a pointer to such a member
// through a friend. If Boost renames the member or changes its type, this no longer compiles.
template <class Tag, auto Member> struct Reveal {
    friend constexpr auto revealed(Tag) { return Member; }
};

struct WrappedSemaphore {
    friend constexpr auto revealed(WrappedSemaphore);
};
struct NativeSemaphore {
    friend constexpr auto revealed(NativeSemaphore);
};
struct NativeMutex {
    friend constexpr auto revealed(NativeMutex);
};
struct MemoryDescriptor {
    friend constexpr auto revealed(MemoryDescriptor);
};
struct MemoryMode {
    friend constexpr auto revealed(MemoryMode);
};

template struct Reveal<WrappedSemaphore, &boost::interprocess::named_semaphore::m_sem>;
template struct Reveal<NativeSemaphore,
                       &boost::interprocess::ipcdetail::posix_named_semaphore::mp_sem>;
template struct Reveal<NativeMutex, &boost::interprocess::ipcdetail::posix_mutex::m_mut>;
template struct Reveal<MemoryDescriptor, &boost::interprocess::shared_memory_object::m_handle>;
template struct Reveal<MemoryMode, &boost::interprocess::shared_memory_object::m_mode>;

inline sem_t* native_handle(boost::interprocess::named_semaphore& semaphore) {
    return semaphore.*revealed(WrappedSemaphore{}).*revealed(NativeSemaphore{});
}

inline pthread_mutex_t& native_handle(boost::interprocess::interprocess_mutex& mutex) {
    return mutex.internal_mutex().*revealed(NativeMutex{});
}

// A shared_memory_object made of a descriptor, which it owns from then on.
inline boost::interprocess::shared_memory_object adopted(UniqueFd fd,
                                                         boost::interprocess::mode_t mode) {
    boost::interprocess::shared_memory_object object;
    object.*revealed(MemoryDescriptor{}) = fd.release();
    object.*revealed(MemoryMode{}) = mode;
    return object;
}

// The descriptor that `object` owned. The object is then as if closed.
inline UniqueFd released(boost::interprocess::shared_memory_object& object) {
    return UniqueFd{std::exchange(object.*revealed(MemoryDescriptor{}), -1)};
}

} // namespace crex::detail
