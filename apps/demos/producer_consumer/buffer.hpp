// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "producer_consumer/ledger.hpp"
#include "producer_consumer/method.hpp"

// What lies between producers and consumers: room for a number of items.
//
// The parent makes the buffer and ends it. Each producer and consumer takes an end of it, in a
// process of its own, forked from the parent. What the parent made goes away with it, however the
// parent ends.

namespace demo {

struct Size {
    unsigned producers = 1;
    unsigned consumers = 1;
    std::size_t capacity = 256; // items
    std::size_t item = 64;      // bytes
};

// Where a producer puts items.
class ProducerEnd {
public:
    virtual ~ProducerEnd() = default;

    // Waits while there is no room.
    virtual void put(std::span<const std::byte> item) = 0;
};

// Where a consumer takes them from.
class ConsumerEnd {
public:
    // What is done with an item; `again` when a killed process may have done it before.
    using Use = std::function<void(std::span<const std::byte> item, bool again)>;

    virtual ~ConsumerEnd() = default;

    // Waits for an item and uses it; an item that is used in place is released after that. Returns
    // false at the end, when there is no item left and no producer.
    virtual bool take(const Use& use) = 0;
};

class Buffer {
public:
    virtual ~Buffer() = default;

    [[nodiscard]] virtual std::unique_ptr<ProducerEnd> producer_end(unsigned producer) = 0;
    [[nodiscard]] virtual std::unique_ptr<ConsumerEnd> consumer_end(unsigned consumer) = 0;

    // To be called when all producers have left, and the ledger says so: tells waiting consumers.
    virtual void end() = 0;
};

std::unique_ptr<Buffer> make_buffer(const Method& method, const Size& size, const Ledger& ledger);

// One for each kind.
std::unique_ptr<Buffer> make_semaphore_buffer(const Size& size);
std::unique_ptr<Buffer> make_sysv_buffer(const Size& size);
std::unique_ptr<Buffer> make_robust_queue_buffer(const Size& size);
std::unique_ptr<Buffer> make_queue_buffer(crex::Backend backend, const Size& size,
                                          const Ledger& ledger);
std::unique_ptr<Buffer> make_ring_buffer(const Size& size);

} // namespace demo
