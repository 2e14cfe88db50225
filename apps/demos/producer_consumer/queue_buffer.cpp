// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <vector>

#include <crex/error.hpp>
#include <crex/message_queue.hpp>

#include "producer_consumer/buffer.hpp"
#include "producer_consumer/unnamed.hpp"

namespace demo {
namespace {

using namespace std::chrono_literals;

crex::MessageQueue unnamed_queue(crex::Backend backend, const Size& size) {
    return unnamed<crex::MessageQueue>(crex::MessageQueueOptions{
        .max_messages = size.capacity, .max_message_size = size.item, .backend = backend});
}

struct In final : ProducerEnd {
    explicit In(crex::MessageQueue& messages) : queue{messages} {}
    void put(std::span<const std::byte> item) override { queue.send(item); }

    crex::MessageQueue& queue;
};

// A message is used while it is out on lease. A consumer that is killed before it acknowledges the
// message has not consumed it: it is delivered again.
struct LeasingOut final : ConsumerEnd {
    explicit LeasingOut(crex::MessageQueue& messages) : queue{messages} {}

    bool take(const Use& use) override try {
        crex::Lease lease = queue.lease();
        use(lease.bytes(), lease.attempts() > 0);
        lease.ack();
        return true;
    } catch (const crex::ShutdownError&) {
        return false;
    }

    crex::MessageQueue& queue;
};

struct RobustQueue final : Buffer {
    explicit RobustQueue(const Size& size) : queue{unnamed_queue(crex::Backend::robust, size)} {}

    std::unique_ptr<ProducerEnd> producer_end(unsigned) override {
        return std::make_unique<In>(queue);
    }
    std::unique_ptr<ConsumerEnd> consumer_end(unsigned) override {
        return std::make_unique<LeasingOut>(queue);
    }
    void end() override { queue.shutdown(); }

    crex::MessageQueue queue;
};

// The other queues cannot be shut down, and an item that means the end would be lost with a
// consumer that is killed. So consumers periodically check whether the end has come.
struct ReceivingOut final : ConsumerEnd {
    ReceivingOut(crex::MessageQueue& messages, const Ledger& book, std::size_t size)
        : queue{messages}, ledger{book}, item(size) {}

    bool take(const Use& use) override {
        for (;;) {
            const bool last_look = ledger.has_ended(); // nothing comes after the end
            const auto patience = last_look ? crex::do_not_wait : crex::Timeout{10ms};
            if (const auto got = queue.try_receive_into(item, patience)) {
                use(std::span{item}.first(got->size), false);
                return true;
            }
            if (last_look) {
                return false;
            }
        }
    }

    crex::MessageQueue& queue;
    const Ledger& ledger;
    std::vector<std::byte> item;
};

struct OtherQueue final : Buffer {
    OtherQueue(crex::Backend backend, const Size& size, const Ledger& book)
        : queue{unnamed_queue(backend, size)}, ledger{book}, item{size.item} {}

    std::unique_ptr<ProducerEnd> producer_end(unsigned) override {
        return std::make_unique<In>(queue);
    }
    std::unique_ptr<ConsumerEnd> consumer_end(unsigned) override {
        return std::make_unique<ReceivingOut>(queue, ledger, item);
    }
    void end() override {}

    crex::MessageQueue queue;
    const Ledger& ledger;
    std::size_t item;
};

} // namespace

std::unique_ptr<Buffer> make_robust_queue_buffer(const Size& size) {
    return std::make_unique<RobustQueue>(size);
}

std::unique_ptr<Buffer> make_queue_buffer(crex::Backend backend, const Size& size,
                                          const Ledger& ledger) {
    return std::make_unique<OtherQueue>(backend, size, ledger);
}

} // namespace demo
