// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <crex/ring.hpp>

#include "subjects/subject.hpp"

namespace bench {

// crex's ring: with its default options, or with waits that only poll.
template <bool polling> class CrexRing : public Properties {
public:
    static constexpr std::string_view waiting = polling ? waits::spinning : waits::adaptively;
    static constexpr bool lends = true;
    static constexpr bool named = true;

    static Shape create(const std::string& object, Shape shape) {
        crex::RingOptions options;
        options.capacity = shape.capacity * shape.size;
        options.max_records = shape.capacity;
        options.sparse = options.capacity > std::size_t{1} << 30;
        const crex::Ring ring{object, crex::O_CREX, options};
        return shape;
    }

    static void remove(const std::string& object) noexcept {
        try {
            crex::unlink_ring(object);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    CrexRing(const std::string& object, End end)
        : ring_{object, 0, {.spin = polling ? crex::spin_forever : crex::queue_spin_default}} {
        if (end != End::receives) {
            out_.emplace(ring_.producer());
        }
        if (end != End::sends) {
            in_.emplace(ring_.consumer());
        }
    }

    void send(std::span<const std::byte> body, unsigned) { out_->send(body); }

    Arrival receive(std::span<std::byte> buffer) { return {in_->receive_into(buffer), 0}; }

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
    Loan loan(std::size_t size) { return {*out_, out_->reserve(size)}; }
    Lease lease() { return {*in_, in_->peek()}; }

private:
    crex::Ring ring_;
    std::optional<crex::RingProducer> out_;
    std::optional<crex::RingConsumer> in_;
};

} // namespace bench
