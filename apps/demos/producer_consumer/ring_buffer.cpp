// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <utility>
#include <vector>

#include <crex/error.hpp>
#include <crex/ring.hpp>

#include "producer_consumer/buffer.hpp"
#include "producer_consumer/unnamed.hpp"

// A ring has one producer and one consumer. So there is a ring from each producer to each consumer,
// and each process visits all rings in which it has a role.

namespace demo {
namespace {

using namespace std::chrono_literals;

// How long to wait at one ring, when there is nothing to do at any of them, before the next one is
// visited. If there is only one ring, the wait has no limit.
crex::Timeout patience(std::size_t rings) {
    return rings == 1 ? crex::no_timeout : crex::Timeout{1ms};
}

class In final : public ProducerEnd {
public:
    explicit In(std::vector<crex::RingProducer> rings) : rings_{std::move(rings)} {}

    void put(std::span<const std::byte> item) override {
        while (!put_somewhere(item) && !next().try_send(item, patience(rings_.size()))) {
        }
    }

private:
    crex::RingProducer& next() { return rings_[turn_++ % rings_.size()]; }

    bool put_somewhere(std::span<const std::byte> item) {
        for (std::size_t looks = rings_.size(); looks > 0; --looks) {
            if (next().try_send(item)) {
                return true;
            }
        }
        return false;
    }

    std::vector<crex::RingProducer> rings_;
    std::size_t turn_ = 0;
};

// An item is used where it lies and then consumed. A consumer that is killed in between leaves the
// item there, and its successor sees it first.
class Out final : public ConsumerEnd {
public:
    explicit Out(std::vector<crex::RingConsumer> rings) {
        for (crex::RingConsumer& ring : rings) {
            sources_.push_back({std::move(ring)});
        }
    }

    bool take(const Use& use) override {
        while (!sources_.empty()) {
            if (take_somewhere(use) || take_from_next(use, patience(sources_.size()))) {
                return true;
            }
        }
        return false;
    }

private:
    struct Source {
        crex::RingConsumer ring;
        bool first = true; // of the items that this process takes from it
    };

    bool take_somewhere(const Use& use) {
        for (std::size_t looks = sources_.size(); looks > 0; --looks) {
            if (take_from_next(use, crex::do_not_wait)) {
                return true;
            }
        }
        return false;
    }

    bool take_from_next(const Use& use, crex::Timeout timeout) {
        if (sources_.empty()) {
            return false;
        }
        const std::size_t number = turn_++ % sources_.size();
        try {
            return take_from(sources_[number], use, timeout);
        } catch (const crex::ShutdownError&) { // its stream has ended
            sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(number));
            return false;
        }
    }

    static bool take_from(Source& source, const Use& use, crex::Timeout timeout) {
        const auto item = source.ring.try_peek(timeout);
        if (!item) {
            return false;
        }
        use(*item, std::exchange(source.first, false));
        source.ring.consume();
        return true;
    }

    std::vector<Source> sources_;
    std::size_t turn_ = 0;
};

class Rings final : public Buffer {
public:
    explicit Rings(const Size& size) : size_{size} {
        const std::size_t space = (size.item + 15) / 16 * 16; // the room of a record
        for (unsigned count = size.producers * size.consumers; count > 0; --count) {
            rings_.push_back(unnamed<crex::Ring>(crex::RingOptions{
                .capacity = space * size.capacity, .max_records = size.capacity}));
        }
    }

    std::unique_ptr<ProducerEnd> producer_end(unsigned producer) override {
        std::vector<crex::RingProducer> roles;
        for (unsigned consumer = 0; consumer < size_.consumers; ++consumer) {
            roles.push_back(between(producer, consumer).producer());
        }
        return std::make_unique<In>(std::move(roles));
    }

    std::unique_ptr<ConsumerEnd> consumer_end(unsigned consumer) override {
        std::vector<crex::RingConsumer> roles;
        for (unsigned producer = 0; producer < size_.producers; ++producer) {
            roles.push_back(between(producer, consumer).consumer());
        }
        return std::make_unique<Out>(std::move(roles));
    }

    void end() override {
        for (crex::Ring& ring : rings_) {
            ring.shutdown();
        }
    }

private:
    crex::Ring& between(unsigned producer, unsigned consumer) {
        return rings_[producer * size_.consumers + consumer];
    }

    Size size_;
    std::vector<crex::Ring> rings_;
};

} // namespace

std::unique_ptr<Buffer> make_ring_buffer(const Size& size) { return std::make_unique<Rings>(size); }

} // namespace demo
