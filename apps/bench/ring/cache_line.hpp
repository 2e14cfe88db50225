// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "queue/message.hpp"
#include "queue/subject.hpp"
#include "ring/shared_object.hpp"

namespace bench {

// One cache line that goes there and back: the least that a message can take. It carries the first
// eight bytes of the message, which are a number, and the end, which is the same number.
class CacheLine {
public:
    static constexpr std::string_view name = "cache line";
    static constexpr bool batches = false;
    static constexpr bool lends = false;

    static Shape create(const std::string& object, Shape shape) {
        Shared::create(object, 0);
        return shape;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    explicit CacheLine(const std::string& object) : line_{object} {}

    void send(std::span<const std::byte> body, unsigned) {
        Stamp stamp;
        std::memcpy(&stamp, body.data(), sizeof stamp);
        line_->word.store((stamp.sequence + 1) << 1 | stamp.last, std::memory_order_release);
    }

    Arrival receive(std::span<std::byte> buffer) {
        std::uint64_t word = 0;
        while ((word = line_->word.load(std::memory_order_acquire)) == seen_) {
        }
        seen_ = word;
        write(buffer, {.sequence = (word >> 1) - 1, .last = static_cast<std::uint32_t>(word & 1)});
        return {buffer.size(), 0};
    }

private:
    struct Line {
        alignas(128) std::atomic<std::uint64_t> word{0};
    };
    using Shared = SharedObject<Line>;

    Shared line_;
    std::uint64_t seen_ = 0;
};

} // namespace bench
