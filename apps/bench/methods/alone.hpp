// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "harness/clock.hpp"
#include "harness/cpus.hpp"
#include "harness/memory.hpp"
#include "methods/kinds.hpp"
#include "methods/random.hpp"
#include "methods/setting.hpp"
#include "methods/transfer.hpp"

// What a send and a receive cost a single process, in ns for the two, while `queued` messages of
// random priorities are waiting, and other handles are open.
//
// Receiving takes the highest first. So before long all waiting messages are of low priority, and a
// new message is the next to go: easy for a sorted array. So the queue is filled anew, outside the
// time measured, after a tenth of the messages have been exchanged; each subject does the same
// work. To fill a sorted array takes the square of the number of messages in time. So a larger
// number is sent highest priority first, which costs each subject the least. The first exchange
// after that, of the highest priority, is not counted: crex's queue then becomes an index, once.

namespace bench {

struct Alone {
    std::size_t queued = 0;
    Shape shape;

    template <QueueKind Queue> [[nodiscard]] bool fits() const {
        return Queue::streams && (queued == 0 || Queue::keeps) &&
               (shape.priorities == 1 || Queue::priorities) &&
               (shape.handles == 1 || (Queue::named && Queue::receivers == any_number));
    }
    [[nodiscard]] bool fills_in_order() const { return queued > 100'000; }
    [[nodiscard]] std::size_t exchanges() const {
        return queued == 0 ? 10'000 : std::max<std::size_t>(queued / 10, 100);
    }
};

template <QueueKind Queue> class Solo {
public:
    Solo(const Alone& alone, const Setting& setting)
        : alone_{alone}, queue_{setting.object, End::both}, transfer_{queue_, alone.shape.size,
                                                                      Touch::ends},
          priorities_{alone.shape.priorities, 0}, wanted_{static_cast<std::int64_t>(
                                                      setting.seconds * ns_per_s)} {
        for (std::size_t handle = 1; handle < alone.shape.handles; ++handle) {
            idle_.emplace_back(setting.object, End::both);
        }
    }

    // The sends and receives of one filling.
    void exchange() {
        fill();
        const std::int64_t latest = took_ + wanted_;
        std::size_t left = alone_.exchanges();
        send(static_cast<std::uint16_t>(alone_.shape.priorities - 1));
        receive();
        while (left != 0 && took_ < latest) {
            const std::size_t pairs =
                std::min<std::size_t>(left, alone_.fills_in_order() ? 50 : 1000);
            exchange_some(pairs);
            left -= pairs;
        }
        drain();
    }

    [[nodiscard]] bool was_enough() const { return took_ >= wanted_ || !drained_; }
    [[nodiscard]] bool drained() const { return drained_; }
    [[nodiscard]] double ns_a_pair() const {
        return static_cast<double>(took_) / static_cast<double>(exchanged_);
    }

private:
    static constexpr std::int64_t patience_filling = 16'000'000'000; // ns
    static constexpr std::int64_t patience_emptying = 4'000'000'000;
    static constexpr std::size_t between_looks = 64; // at the clock

    void fill() {
        const std::int64_t latest = now_ns() + patience_filling;
        for (std::size_t index = 0; index < alone_.queued; ++index) {
            send(alone_.fills_in_order() ? in_order(index) : priorities_());
            if (index % between_looks == 0 && now_ns() > latest) {
                throw Refused{"filling it takes more than 16 s"};
            }
        }
    }

    [[nodiscard]] std::uint16_t in_order(std::size_t index) const {
        return static_cast<std::uint16_t>(alone_.shape.priorities - 1 -
                                          index * alone_.shape.priorities / alone_.queued);
    }

    void exchange_some(std::size_t pairs) {
        const std::int64_t start = now_ns();
        for (std::size_t pair = 0; pair < pairs; ++pair) {
            send(priorities_());
            receive();
        }
        took_ += now_ns() - start;
        exchanged_ += pairs;
    }

    // Some subjects would take hours to find the first of very many messages for each receive.
    void drain() {
        const std::int64_t latest = now_ns() + patience_emptying;
        for (std::size_t index = 0; index < alone_.queued; ++index) {
            receive();
            if (index % between_looks == 0 && now_ns() > latest) {
                drained_ = false;
                return;
            }
        }
        tally_.check(1, sequence_);
    }

    void send(std::uint16_t priority) { transfer_.send({sequence_++, 0, priority, 0}); }

    void receive() {
        transfer_.receive(
            [&](const Stamp& stamp, unsigned priority) { tally_.add(stamp, priority); });
    }

    const Alone& alone_;
    Queue queue_;
    std::deque<Queue> idle_; // handles that are only open
    Copying<Queue> transfer_;
    RandomPriorities priorities_;
    Tally tally_;
    std::uint64_t sequence_ = 0;
    std::int64_t wanted_;
    std::int64_t took_ = 0;
    std::uint64_t exchanged_ = 0;
    bool drained_ = true;
};

template <QueueKind Queue>
void measure(const Alone& alone, SharedState& shared, const Setting& setting) {
    constexpr std::size_t overhead = 128; // bytes of a message, besides its own
    move_to(Place::first_cpu);
    require_memory(alone.shape.size + overhead, alone.queued);
    const Shape got = create_noting<Queue>(shared, setting.object, alone.shape);
    if (got.capacity <= alone.queued) {
        throw Refused{"it cannot hold so many messages"};
    }
    Solo<Queue> solo{alone, setting};
    remove_early<Queue>(setting.object);
    const std::int64_t latest = // filling takes longer
        now_ns() + static_cast<std::int64_t>(4 * setting.seconds * ns_per_s);
    do {
        solo.exchange();
    } while (!solo.was_enough() && now_ns() < latest);
    if (!solo.drained()) {
        shared.note(
            "emptying it took more than 4 s and was given up, so not all messages were checked");
    }
    shared.answer({solo.ns_a_pair()});
}

} // namespace bench
