// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/buffer.hpp"

namespace demo {

std::unique_ptr<Buffer> make_buffer(const Method& method, const Size& size, const Ledger& ledger) {
    switch (method.kind) {
    case Kind::semaphores:
        return make_semaphore_buffer(size);
    case Kind::sysv:
        return make_sysv_buffer(size);
    case Kind::ring:
        return make_ring_buffer(size);
    case Kind::queue:
        break;
    }
    return method.backend == crex::Backend::robust
               ? make_robust_queue_buffer(size)
               : make_queue_buffer(method.backend, size, ledger);
}

} // namespace demo
