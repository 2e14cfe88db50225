// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "queue/clock.hpp"
#include "queue/cpus.hpp"
#include "queue/random.hpp"
#include "queue/setting.hpp"
#include "queue/transfer.hpp"

// What a send and a receive cost a single process, in ns for the two, while `queued` messages of
// random priorities are waiting.
//
// Receiving takes the highest first. So before long all waiting messages are of low priority, and a
// new message is the next to go: easy for a sorted array. So the queue is filled anew, outside the
// time measured, after a tenth of the messages have been exchanged; each subject does the same
// work.

namespace bench {

struct Alone {
    std::size_t queued = 0;
    unsigned priorities = 1;
    Shape shape;
};

template <class Queue> class Solo {
public:
    Solo(const Alone& alone, const Setting& setting)
        : alone_{alone}, queue_{setting.object}, transfer_{queue_, alone.shape.size, Touch::ends},
          priorities_{alone.priorities, 0} {}

    // The sends and receives of one filling. Returns how long they took.
    std::int64_t exchange(std::size_t pairs) {
        for (std::size_t index = 0; index < alone_.queued; ++index) {
            send();
        }
        const std::int64_t start = now_ns();
        for (std::size_t pair = 0; pair < pairs; ++pair) {
            send();
            receive();
        }
        const std::int64_t took = now_ns() - start;
        for (std::size_t index = 0; index < alone_.queued; ++index) {
            receive();
        }
        tally_.check(1, sequence_);
        return took;
    }

private:
    void send() { transfer_.send({sequence_++, 0, priorities_(), 0}); }

    void receive() {
        transfer_.receive(
            [&](const Stamp& stamp, unsigned priority) { tally_.add(stamp, priority); });
    }

    const Alone& alone_;
    Queue queue_;
    Copying<Queue> transfer_;
    RandomPriorities priorities_;
    Tally tally_;
    std::uint64_t sequence_ = 0;
};

template <class Queue>
void measure(const Alone& alone, SharedState& shared, const Setting& setting) {
    move_to(Place::first_cpu);
    const Shape got = create_noting<Queue>(shared, setting.object, alone.shape);
    if (got.capacity <= alone.queued) {
        throw Refused{"it cannot hold so many messages"};
    }
    Solo<Queue> solo{alone, setting};
    Queue::remove(setting.object);
    const std::size_t pairs =
        alone.queued == 0 ? 10'000 : std::max<std::size_t>(alone.queued / 10, 100);
    const auto wanted = static_cast<std::int64_t>(setting.seconds * ns_per_s);
    const std::int64_t latest = now_ns() + 4 * wanted; // filling takes longer
    std::int64_t took = 0;
    std::uint64_t exchanged = 0;
    do {
        took += solo.exchange(pairs);
        exchanged += pairs;
    } while (took < wanted && now_ns() < latest);
    shared.answer({static_cast<double>(took) / static_cast<double>(exchanged)});
}

} // namespace bench
