// SPDX-License-Identifier: BSL-1.0
#include "subjects/subjects.hpp"

#include <sys/socket.h>

#include "subjects/boost_queue.hpp"
#include "subjects/boost_semaphore.hpp"
#include "subjects/cache_line.hpp"
#include "subjects/crex_queue.hpp"
#include "subjects/crex_ring.hpp"
#include "subjects/crex_semaphore.hpp"
#include "subjects/event_fd.hpp"
#include "subjects/fifo.hpp"
#include "subjects/file_lock.hpp"
#include "subjects/least.hpp"
#include "subjects/measure_any.hpp"
#include "subjects/posix_queue.hpp"
#include "subjects/posix_semaphore.hpp"
#include "subjects/slots.hpp"
#include "subjects/socket_pair.hpp"
#include "subjects/spsc_bytes.hpp"
#include "subjects/spsc_queue.hpp"
#include "subjects/system_v_queue.hpp"
#include "subjects/system_v_semaphore.hpp"

namespace bench {

namespace {

// Also present, where they could be built: drop_in.cpp, zeromq_queue.cpp, nng_queue.cpp.
const Subject always[]{
    subject<CrexQueue<crex::Backend::robust>>("queue", "crex"),
    subject<BoostQueue>("queue", "boost"),
    subject<KernelQueue>("queue", "kernel"),
    subject<SystemVQueue>("queue", "system v"),
    subject<Fifo>("queue", "pipe"),
    subject<SocketPair<SOCK_STREAM>>("queue", "stream"),
    subject<SocketPair<SOCK_SEQPACKET>>("queue", "seqpacket"),
    subject<Slots>("queue", "memcpy"),
    subject<CacheLine<false>>("queue", "cache line"),
    subject<CacheLine<true>>("queue", "futex"),
    subject<CrexQueue<crex::Backend::boost>>("queue", "crex-boost"),
    subject<CrexQueue<crex::Backend::posix>>("queue", "crex-posix"),

    subject<CrexRing<false>>("ring", "crex"),
    subject<CrexRing<true>>("ring", "crex polling"),
    subject<SpscQueue>("ring", "boost spsc"),
    subject<BoostQueue>("ring", "boost"),
    subject<Fifo>("ring", "pipe"),
    subject<Slots>("ring", "memcpy"),
    subject<CacheLine<false>>("ring", "cache line"),

    subject<CrexSemaphore<false>>("semaphore", "crex"),
    subject<CrexSemaphore<true>>("semaphore", "crex lock()"),
    subject<CrexRobustSemaphore>("semaphore", "crex robust"),
    subject<CrexSystemVSemaphore<false>>("semaphore", "crex sysv"),
    subject<CrexSystemVSemaphore<true>>("semaphore", "crex sysv undo"),
    subject<PosixSemaphore>("semaphore", "sem_t"),
    subject<BoostSemaphore>("semaphore", "boost"),
    subject<SystemVSemaphore<false>>("semaphore", "semop"),
    subject<SystemVSemaphore<true>>("semaphore", "semop undo"),
    subject<EventFd>("semaphore", "eventfd"),
    subject<FileLock>("semaphore", "flock"),
    subject<AtomicFlag<false>>("semaphore", "two atomics"),
    subject<AtomicFlag<true>>("semaphore", "futex"),
    subject<TwoSystemCalls>("semaphore", "two system calls"),

    subject<CrexQueue<crex::Backend::robust>>("curve", "crex"),
    subject<CrexRing<false>>("curve", "crex ring"),
    subject<BoostQueue>("curve", "boost"),
    subject<SpscBytes>("curve", "boost spsc"),
    subject<KernelQueue>("curve", "kernel"),
    subject<SystemVQueue>("curve", "system v"),
    subject<Fifo>("curve", "pipe"),
    subject<SocketPair<SOCK_STREAM>>("curve", "stream"),
    subject<SocketPair<SOCK_SEQPACKET>>("curve", "seqpacket"),
    subject<Slots>("curve", "memcpy"),
};

std::vector<Subject>& optional() {
    static std::vector<Subject> rows;
    return rows;
}

} // namespace

OptionalSubjects::OptionalSubjects(std::initializer_list<Subject> rows) {
    optional().insert(optional().end(), rows);
}

std::vector<Subject> subjects() {
    std::vector<Subject> all{std::begin(always), std::end(always)};
    all.insert(all.end(), optional().begin(), optional().end());
    return all;
}

} // namespace bench
