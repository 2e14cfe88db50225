// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <crex/ring.hpp>

#include "queue/subject.hpp"

namespace bench {

// crex's ring: with its default options, or with waits that only poll. The first sender is its
// producer, the first receiver its consumer.
template <bool polling> class CrexRing {
public:
    static constexpr std::string_view name = polling ? "crex polling" : "crex";
    static constexpr bool batches = false;
    static constexpr bool lends = true;

    static Shape create(const std::string& object, Shape shape) {
        const crex::Ring ring{
            object,
            crex::O_CREX,
            {.capacity = shape.capacity * shape.size, .max_records = shape.capacity}};
        return shape;
    }

    static void remove(const std::string& object) noexcept {
        try {
            crex::unlink_ring(object);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    explicit CrexRing(const std::string& object)
        : ring_{object, 0, {.spin = polling ? crex::spin_forever : crex::queue_spin_default}} {}

    void send(std::span<const std::byte> body, unsigned) { producer().send(body); }

    Arrival receive(std::span<std::byte> buffer) { return {consumer().receive_into(buffer), 0}; }

    // In place, under the names that the queues' functions have.

    struct Loan {
        crex::RingProducer& out;
        std::span<std::byte> room;

        [[nodiscard]] std::span<std::byte> bytes() const { return room; }
        void send(unsigned) const { out.commit(); }
    };
    struct Lease {
        crex::RingConsumer& in;
        std::span<const std::byte> record;

        [[nodiscard]] std::span<const std::byte> bytes() const { return record; }
        [[nodiscard]] static unsigned priority() { return 0; }
        void ack() const { in.consume(); }
    };

    CrexRing& operator*() { return *this; }
    Loan loan(std::size_t size) { return {producer(), producer().reserve(size)}; }
    Lease lease() { return {consumer(), consumer().peek()}; }

private:
    crex::RingProducer& producer() { return out_ ? *out_ : out_.emplace(ring_.producer()); }
    crex::RingConsumer& consumer() { return in_ ? *in_ : in_.emplace(ring_.consumer()); }

    crex::Ring ring_;
    std::optional<crex::RingProducer> out_;
    std::optional<crex::RingConsumer> in_;
};

} // namespace bench
