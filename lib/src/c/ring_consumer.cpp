// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstddef>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "c/ring.hpp"
#include "c/room.hpp"
#include "common/at_once.hpp"

using namespace crex::c;
using crex::detail::AtOnce;

namespace {

CREX_C_REST int receive_slowly(crex_ring_consumer* consumer, void* buffer, size_t room,
                               size_t* size, int64_t timeout) {
    return waited("crex_ring_consumer_receive", consumer, "no record in time",
                  [&](crex::RingConsumer& object) {
                      std::size_t& its_size = at(size, "size");
                      const auto received = object.try_receive_into(
                          bytes_at(buffer, room, "buffer"), timeout_from(timeout));
                      if (!received) {
                          return false;
                      }
                      its_size = *received;
                      return true;
                  });
}

} // namespace

CREX_C_FAST int crex_ring_consumer_peek(crex_ring_consumer* consumer, const void** record,
                                        size_t* size, int64_t timeout) {
    return waited(__func__, consumer, "no record in time", [&](crex::RingConsumer& object) {
        const void*& data = at(record, "record");
        std::size_t& its_size = at(size, "size");
        const auto shown = object.try_peek(timeout_from(timeout));
        if (!shown) {
            return false;
        }
        data = shown->data();
        its_size = shown->size();
        return true;
    });
}

int crex_ring_consumer_peek_many(crex_ring_consumer* consumer, crex_bytes* records, size_t room,
                                 size_t* count, int64_t timeout) {
    return waited(__func__, consumer, "no record in time", [&](crex::RingConsumer& object) {
        std::size_t& how_many = at(count, "count");
        check_array(records, room, "records");
        Room<crex::RingConsumer::Record> here{room};
        const auto shown = here.values();
        const std::size_t done = object.peek_many(shown, timeout_from(timeout));
        if (done == 0 && room != 0) {
            return false;
        }
        std::transform(shown.begin(), shown.begin() + static_cast<std::ptrdiff_t>(done), records,
                       [](crex::RingConsumer::Record record) {
                           return crex_bytes{record.data(), record.size()};
                       });
        how_many = done;
        return true;
    });
}

CREX_C_FAST int crex_ring_consumer_consume(crex_ring_consumer* consumer, size_t count) {
    return called(__func__, consumer, [&](crex::RingConsumer& object) { object.consume(count); });
}

CREX_C_FAST int crex_ring_consumer_receive(crex_ring_consumer* consumer, void* buffer, size_t room,
                                           size_t* size, int64_t timeout) {
    const bool is_done =
        consumer != nullptr && buffer != nullptr && size != nullptr && is_timeout(timeout) &&
        AtOnce::receive(consumer->object, {static_cast<std::byte*>(buffer), room}, *size);
    return is_done ? 0 : receive_slowly(consumer, buffer, room, size, timeout);
}

int crex_ring_consumer_has_producer(const crex_ring_consumer* consumer, bool* has_producer) {
    return called(__func__, consumer, [&](const crex::RingConsumer& object) {
        at(has_producer, "has_producer") = object.has_producer();
    });
}

int crex_ring_consumer_name(const crex_ring_consumer* consumer, const char** name) {
    return called(__func__, consumer, [&](const crex::RingConsumer& object) {
        at(name, "name") = object.name().c_str();
    });
}

int crex_ring_consumer_close(crex_ring_consumer* consumer) {
    return called(__func__, consumer, [](crex::RingConsumer& object) { object.close(); });
}

void crex_ring_consumer_free(crex_ring_consumer* consumer) { delete consumer; }
