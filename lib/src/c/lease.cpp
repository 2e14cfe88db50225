// SPDX-License-Identifier: BSL-1.0
#include <crex/c/lease.h>

#include <new>
#include <utility>

#include <crex/loan.hpp>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "c/message_queue.hpp"
#include "c/spare.hpp"

struct crex_lease : crex::c::Spare<crex_lease> {
    crex::Lease object;
};

using namespace crex::c;

CREX_C_FAST int crex_message_queue_lease(crex_message_queue* queue, crex_lease** lease,
                                         int64_t timeout) {
    return waited(__func__, queue, "no message in time", [&](crex::MessageQueue& object) {
        auto& result = at(lease, "lease");
        if (timeout == CREX_NO_TIMEOUT) {
            result = new crex_lease{{}, object.lease()};
            return true;
        }
        auto got = object.try_lease(timeout_from(timeout));
        if (!got) {
            return false;
        }
        auto* const handle = new (std::nothrow) crex_lease{{}, *std::move(got)};
        if (handle == nullptr) { // the consumer has not seen the message
            got->nack_untried();
            throw std::bad_alloc{};
        }
        result = handle;
        return true;
    });
}

int crex_lease_bytes(const crex_lease* lease, const void** bytes, size_t* size) {
    return called(__func__, lease, [&](const crex::Lease& object) {
        std::size_t& how_many = at(size, "size");
        at(bytes, "bytes") = object.bytes().data();
        how_many = object.bytes().size();
    });
}

int crex_lease_priority(const crex_lease* lease, unsigned* priority) {
    return called(__func__, lease,
                  [&](const crex::Lease& object) { at(priority, "priority") = object.priority(); });
}

int crex_lease_attempts(const crex_lease* lease, unsigned* attempts) {
    return called(__func__, lease,
                  [&](const crex::Lease& object) { at(attempts, "attempts") = object.attempts(); });
}

CREX_C_FAST int crex_lease_ack(crex_lease* lease) {
    return called(__func__, lease, [](crex::Lease& object) { object.ack(); });
}

int crex_lease_nack(crex_lease* lease) {
    return called(__func__, lease, [](crex::Lease& object) { object.nack(); });
}

int crex_lease_nack_untried(crex_lease* lease) {
    return called(__func__, lease, [](crex::Lease& object) { object.nack_untried(); });
}

CREX_C_FAST void crex_lease_free(crex_lease* lease) { delete lease; }
