// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "methods/message.hpp"
#include "subjects/futex.hpp"
#include "subjects/shared_object.hpp"
#include "subjects/subject.hpp"

namespace bench {

// One cache line that goes there and back: the least that a message can take, when the receiver
// polls the line, and when it sleeps until it is woken. The line carries the first bytes of the
// message, which are a number, and the end, which is the same number.
template <bool sleeping> class CacheLine : public Properties {
public:
    static constexpr std::string_view waiting = sleeping ? waits::sleeping : waits::spinning;
    static constexpr bool is_limit = true;
    static constexpr bool streams = false;

    static Shape create(const std::string& object, Shape shape) {
        Shared::create(object, 0);
        return shape;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    CacheLine(const std::string& object, End) : line_{object} {}

    void send(std::span<const std::byte> body, unsigned) {
        Stamp stamp;
        std::memcpy(&stamp, body.data(), sizeof stamp);
        line_->number = stamp.sequence;
        line_->last = stamp.last;
        line_->turn.store(++turn_, std::memory_order_release);
        if constexpr (sleeping) {
            futex_wake_one(line_->turn);
        }
    }

    Arrival receive(std::span<std::byte> buffer) {
        while (line_->turn.load(std::memory_order_acquire) == turn_) {
            if constexpr (sleeping) {
                futex_wait(line_->turn, turn_);
            }
        }
        ++turn_;
        write(buffer, {.sequence = line_->number, .last = line_->last});
        return {buffer.size(), 0};
    }

private:
    struct alignas(128) Line {
        std::atomic<std::uint32_t> turn{0};
        std::uint32_t last = 0;
        std::uint64_t number = 0;
    };
    using Shared = SharedObject<Line>;

    Shared line_;
    std::uint32_t turn_ = 0;
};

} // namespace bench
