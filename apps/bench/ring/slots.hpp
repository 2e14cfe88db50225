// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "queue/subject.hpp"
#include "ring/pause.hpp"
#include "ring/shared_object.hpp"

namespace bench {

// Two processes that copy through shared memory and do nothing else: as many slots, all of one
// size, and two counters. Any copying subject is compared with this.
class Slots {
public:
    static constexpr std::string_view name = "memcpy";
    static constexpr bool batches = false;
    static constexpr bool lends = false;

    static Shape create(const std::string& object, Shape shape) {
        Shared::create(object, shape.capacity * shape.size);
        Shared counters{object};
        counters->shape = shape;
        return shape;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    explicit Slots(const std::string& object) : counters_{object} {}

    void send(std::span<const std::byte> body, unsigned) {
        while (next_ - counters_->taken.load(std::memory_order_acquire) ==
               counters_->shape.capacity) {
            pause();
        }
        std::memcpy(slot(), body.data(), body.size());
        counters_->put.store(++next_, std::memory_order_release);
    }

    Arrival receive(std::span<std::byte> buffer) {
        while (counters_->put.load(std::memory_order_acquire) == next_) {
            pause();
        }
        std::memcpy(buffer.data(), slot(), counters_->shape.size);
        counters_->taken.store(++next_, std::memory_order_release);
        return {counters_->shape.size, 0};
    }

private:
    struct Counters {
        alignas(128) Shape shape;
        alignas(128) std::atomic<std::uint64_t> put{0};
        alignas(128) std::atomic<std::uint64_t> taken{0};
    };
    using Shared = SharedObject<Counters>;

    [[nodiscard]] std::byte* slot() const {
        const Shape& shape = counters_->shape;
        return counters_.bytes() + next_ % shape.capacity * shape.size;
    }

    Shared counters_;
    std::uint64_t next_ = 0;
};

} // namespace bench
