// SPDX-License-Identifier: BSL-1.0
#include <crex/c/ring.h>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "c/ring.hpp"

using namespace crex::c;

namespace {

crex::RingOptions in_cpp(const crex_ring_options* given) {
    const auto options = options_from(given, CREX_RING_OPTIONS_INIT);
    return {.mode = options.mode,
            .capacity = options.capacity,
            .max_records = options.max_records,
            .sparse = options.sparse != 0,
            .any_owner = options.any_owner != 0,
            .while_linked = options.while_linked != 0,
            .spin = options.spin,
            .owner = id_from(options.owner),
            .group = id_from(options.group)};
}

} // namespace

int crex_ring_open(crex_ring** ring, const char* name, int flags,
                   const crex_ring_options* options) {
    return called(__func__, [&] {
        auto& result = at(ring, "ring");
        const Place place{name, flags};
        result = new crex_ring{crex::Ring{place.name, place.flags, in_cpp(options)}};
    });
}

int crex_ring_take_producer(crex_ring* ring, crex_ring_producer** producer) {
    return called(__func__, ring, [&](crex::Ring& object) {
        auto& result = at(producer, "producer");
        result = new crex_ring_producer{object.producer()};
    });
}

int crex_ring_take_consumer(crex_ring* ring, crex_ring_consumer** consumer) {
    return called(__func__, ring, [&](crex::Ring& object) {
        auto& result = at(consumer, "consumer");
        result = new crex_ring_consumer{object.consumer()};
    });
}

int crex_ring_has_producer(const crex_ring* ring, bool* has_producer) {
    return called(__func__, ring, [&](const crex::Ring& object) {
        at(has_producer, "has_producer") = object.has_producer();
    });
}

int crex_ring_has_consumer(const crex_ring* ring, bool* has_consumer) {
    return called(__func__, ring, [&](const crex::Ring& object) {
        at(has_consumer, "has_consumer") = object.has_consumer();
    });
}

int crex_ring_shutdown(crex_ring* ring) {
    return called(__func__, ring, [](crex::Ring& object) { object.shutdown(); });
}

int crex_ring_is_shut_down(const crex_ring* ring, bool* is_shut_down) {
    return called(__func__, ring, [&](const crex::Ring& object) {
        at(is_shut_down, "is_shut_down") = object.is_shut_down();
    });
}

int crex_ring_capacity(const crex_ring* ring, size_t* capacity) {
    return called(__func__, ring,
                  [&](const crex::Ring& object) { at(capacity, "capacity") = object.capacity(); });
}

int crex_ring_max_records(const crex_ring* ring, size_t* max) {
    return called(__func__, ring,
                  [&](const crex::Ring& object) { at(max, "max") = object.max_records(); });
}

int crex_ring_current_records(const crex_ring* ring, size_t* count) {
    return called(__func__, ring,
                  [&](const crex::Ring& object) { at(count, "count") = object.current_records(); });
}

int crex_ring_id(const crex_ring* ring, crex_object_id* id) {
    return called(__func__, ring,
                  [&](const crex::Ring& object) { at(id, "id") = in_c(object.id()); });
}

int crex_ring_is_linked(const crex_ring* ring, bool* is_linked) {
    return called(__func__, ring, [&](const crex::Ring& object) {
        at(is_linked, "is_linked") = object.is_linked();
    });
}

int crex_ring_name(const crex_ring* ring, const char** name) {
    return called(__func__, ring,
                  [&](const crex::Ring& object) { at(name, "name") = object.name().c_str(); });
}

int crex_ring_unlink(crex_ring* ring) {
    return called(__func__, ring, [](crex::Ring& object) { object.unlink(); });
}

int crex_unlink_ring(const char* name) {
    return called(__func__, [&] { crex::unlink_ring(name_from(name)); });
}

int crex_ring_close(crex_ring* ring) {
    return called(__func__, ring, [](crex::Ring& object) { object.close(); });
}

void crex_ring_free(crex_ring* ring) { delete ring; }
