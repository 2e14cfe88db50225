// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/buffer.hpp"

namespace demo {

std::unique_ptr<Buffer> make_buffer(const Way& way, const Size& size, const Ledger& ledger) {
    switch (way.kind) {
    case Kind::semaphores:
        return make_semaphore_buffer(size);
    case Kind::sysv:
        return make_sysv_buffer(size);
    case Kind::ring:
        return make_ring_buffer(size);
    case Kind::queue:
        break;
    }
    return way.backend == crex::Backend::robust ? make_robust_queue_buffer(size)
                                                : make_queue_buffer(way.backend, size, ledger);
}

} // namespace demo
