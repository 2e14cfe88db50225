// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/clock.hpp"
#include "harness/cpus.hpp"
#include "harness/memory.hpp"
#include "methods/kinds.hpp"
#include "methods/message.hpp"
#include "methods/setting.hpp"
#include "methods/transfer.hpp"

// What objects cost, in µs, while other objects are on the machine: to create a queue, pass one
// message through it and remove it; and to open a queue and close it.

namespace bench {

struct Life {
    std::size_t others = 0;
    Shape shape{1, 64};

    template <QueueKind Queue> [[nodiscard]] bool fits() const { return Queue::named; }
};

// Repeats it for so many seconds. Returns how long one takes, in µs.
template <class Work> double repeated(double seconds, Work work) {
    const std::int64_t start = now_ns();
    std::int64_t elapsed = 0;
    std::int64_t count = 0;
    while (static_cast<double>(elapsed) < seconds * ns_per_s) {
        work();
        ++count;
        elapsed = now_ns() - start;
    }
    return static_cast<double>(elapsed) / static_cast<double>(count) / 1e3;
}

template <QueueKind Queue> void pass_one_message(const Setting& setting, const Shape& shape) {
    Queue queue{setting.object, End::both};
    Copying<Queue> transfer{queue, shape.size, Touch::ends};
    const Stamp sent{.sequence = 1};
    transfer.send(sent);
    transfer.receive([&](const Stamp& stamp, unsigned) {
        if (stamp.sequence != sent.sequence) {
            throw WrongResult{"another message"};
        }
    });
}

template <QueueKind Queue>
void measure(const Life& life, SharedState& shared, const Setting& setting) {
    constexpr std::size_t bytes = 64 << 10; // of one object, at most
    move_to(Place::first_cpu);
    require_memory(bytes, life.others);
    create_noting<Queue>(shared, setting.answers(), life.shape); // the first raises the limits
    for (std::size_t index = 0; index < life.others; ++index) {
        Queue::create(setting.other(index), life.shape);
    }
    const double create_to_remove = repeated(setting.seconds / 2, [&] {
        Queue::create(setting.object, life.shape);
        pass_one_message<Queue>(setting, life.shape);
        Queue::remove(setting.object);
    });
    const double open_to_close = repeated(setting.seconds / 2, [&] {
        Queue{setting.answers(), End::both};
    });
    shared.answer({create_to_remove, open_to_close});
}

} // namespace bench
