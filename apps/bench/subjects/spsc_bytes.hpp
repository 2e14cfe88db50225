// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <boost/lockfree/spsc_queue.hpp>

#include "subjects/pause.hpp"
#include "subjects/shared_object.hpp"
#include "subjects/subject.hpp"

namespace bench {

// Boost's lock-free queue for one process on each side, with bytes as its elements: messages of a
// size that both sides know. It has 4 MiB. It cannot wait, so both sides poll.
class SpscBytes : public Properties {
public:
    static constexpr std::string_view waiting = waits::spinning;

    static Shape create(const std::string& object, Shape shape) {
        Shared::create(object, 0);
        return shape;
    }

    static void remove(const std::string& object) noexcept { Shared::remove(object); }

    SpscBytes(const std::string& object, End) : queue_{object} {}

    void send(std::span<const std::byte> body, unsigned) {
        while (!body.empty()) {
            const std::size_t count = queue_->push(body.data(), body.size());
            body = body.subspan(count);
            if (count == 0) {
                pause();
            }
        }
    }

    Arrival receive(std::span<std::byte> buffer) {
        for (auto rest = buffer; !rest.empty();) {
            const std::size_t count = queue_->pop(rest.data(), rest.size());
            rest = rest.subspan(count);
            if (count == 0) {
                pause();
            }
        }
        return {buffer.size(), 0};
    }

private:
    using Shared =
        SharedObject<boost::lockfree::spsc_queue<std::byte, boost::lockfree::capacity<(4 << 20)>>>;

    Shared queue_;
};

} // namespace bench
