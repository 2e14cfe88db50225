// SPDX-License-Identifier: BSL-1.0
#include "c/arguments.hpp"
#include "c/call.hpp"
#include "c/ring.hpp"
#include "common/at_once.hpp"

using namespace crex::c;
using crex::detail::AtOnce;

namespace {

CREX_C_REST int send_slowly(crex_ring_producer* producer, const void* record, size_t size,
                            int64_t timeout) {
    return waited(
        "crex_ring_producer_send", producer, "no room in time", [&](crex::RingProducer& object) {
            return object.try_send(bytes_at(record, size, "record"), timeout_from(timeout));
        });
}

} // namespace

CREX_C_FAST int crex_ring_producer_send(crex_ring_producer* producer, const void* record,
                                        size_t size, int64_t timeout) {
    const bool is_done =
        producer != nullptr && record != nullptr && is_timeout(timeout) &&
        AtOnce::send(producer->object, {static_cast<const std::byte*>(record), size});
    return is_done ? 0 : send_slowly(producer, record, size, timeout);
}

CREX_C_FAST int crex_ring_producer_reserve(crex_ring_producer* producer, void** record, size_t size,
                                           int64_t timeout) {
    return waited(__func__, producer, "no room in time", [&](crex::RingProducer& object) {
        void*& result = at(record, "record");
        const auto room = object.try_reserve(size, timeout_from(timeout));
        if (!room) {
            return false;
        }
        result = room->data();
        return true;
    });
}

int crex_ring_producer_shrink(crex_ring_producer* producer, size_t size) {
    return called(__func__, producer, [&](crex::RingProducer& object) { object.shrink(size); });
}

CREX_C_FAST int crex_ring_producer_commit(crex_ring_producer* producer) {
    return called(__func__, producer, [](crex::RingProducer& object) { object.commit(); });
}

int crex_ring_producer_cancel(crex_ring_producer* producer) {
    return called(__func__, producer, [](crex::RingProducer& object) { object.cancel(); });
}

int crex_ring_producer_has_consumer(const crex_ring_producer* producer, bool* has_consumer) {
    return called(__func__, producer, [&](const crex::RingProducer& object) {
        at(has_consumer, "has_consumer") = object.has_consumer();
    });
}

int crex_ring_producer_name(const crex_ring_producer* producer, const char** name) {
    return called(__func__, producer, [&](const crex::RingProducer& object) {
        at(name, "name") = object.name().c_str();
    });
}

int crex_ring_producer_close(crex_ring_producer* producer) {
    return called(__func__, producer, [](crex::RingProducer& object) { object.close(); });
}

void crex_ring_producer_free(crex_ring_producer* producer) { delete producer; }
