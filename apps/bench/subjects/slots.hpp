// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "subjects/pause.hpp"
#include "subjects/shared_object.hpp"
#include "subjects/subject.hpp"

namespace bench {

// Two processes that copy through shared memory and do nothing else: as many slots, all of one
// size, and two counters. Any copying subject is compared with this.
class Slots : public Properties {
public:
    static constexpr std::string_view waiting = waits::spinning;
    static constexpr bool is_limit = true;

    static Shape create(const std::string& object, Shape shape) {
        Shared::create(object, shape.capacity * shape.size);
        Shared counters{object};
        counters->shape = shape;
        return shape;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    Slots(const std::string& object, End) : counters_{object} {}

    void send(std::span<const std::byte> body, unsigned) {
        while (put_ - counters_->taken.load(std::memory_order_acquire) ==
               counters_->shape.capacity) {
            pause();
        }
        std::memcpy(slot(put_), body.data(), body.size());
        counters_->put.store(++put_, std::memory_order_release);
    }

    Arrival receive(std::span<std::byte> buffer) {
        while (counters_->put.load(std::memory_order_acquire) == taken_) {
            pause();
        }
        std::memcpy(buffer.data(), slot(taken_), counters_->shape.size);
        counters_->taken.store(++taken_, std::memory_order_release);
        return {counters_->shape.size, 0};
    }

private:
    struct Counters {
        alignas(128) Shape shape;
        alignas(128) std::atomic<std::uint64_t> put{0};
        alignas(128) std::atomic<std::uint64_t> taken{0};
    };
    using Shared = SharedObject<Counters>;

    [[nodiscard]] std::byte* slot(std::uint64_t index) const {
        const Shape& shape = counters_->shape;
        return counters_.bytes() + index % shape.capacity * shape.size;
    }

    Shared counters_;
    std::uint64_t put_ = 0;
    std::uint64_t taken_ = 0;
};

} // namespace bench
