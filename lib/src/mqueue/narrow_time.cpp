// SPDX-License-Identifier: BSL-1.0

// On 32-bit systems a program's timespec has parts of 32 or of 64 bits, depending on how it was
// compiled, and glibc has mq_timedsend(3) and mq_timedreceive(3) for both. Those in mqueue.cpp take
// the 64 bits that all of crex is compiled for; these, which have the old names, take 32.

#include <cstddef>
#include <cstdint>

#include <mqueue.h>
#include <time.h>

#include <crex/export.hpp>

namespace {

struct NarrowTime {
    std::int32_t seconds;
    std::int32_t nanoseconds;
};

timespec widened(const NarrowTime& time) { return {time.seconds, time.nanoseconds}; }

} // namespace

extern "C" {

CREX_EXPORT ssize_t crex_narrow_timedreceive(mqd_t descriptor, char* buffer, size_t size,
                                             unsigned* priority,
                                             const NarrowTime* until) __asm__("mq_timedreceive");
CREX_EXPORT int crex_narrow_timedsend(mqd_t descriptor, const char* bytes, size_t size,
                                      unsigned priority,
                                      const NarrowTime* until) __asm__("mq_timedsend");

ssize_t crex_narrow_timedreceive(mqd_t descriptor, char* buffer, size_t size, unsigned* priority,
                                 const NarrowTime* until) {
    if (until == nullptr) {
        return mq_receive(descriptor, buffer, size, priority);
    }
    const timespec moment = widened(*until);
    return mq_timedreceive(descriptor, buffer, size, priority, &moment);
}

int crex_narrow_timedsend(mqd_t descriptor, const char* bytes, size_t size, unsigned priority,
                          const NarrowTime* until) {
    if (until == nullptr) {
        return mq_send(descriptor, bytes, size, priority);
    }
    const timespec moment = widened(*until);
    return mq_timedsend(descriptor, bytes, size, priority, &moment);
}

} // extern "C"
