// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/clock.hpp"
#include "harness/memory.hpp"
#include "harness/processes.hpp"
#include "methods/calibration.hpp"
#include "methods/kinds.hpp"
#include "methods/random.hpp"
#include "methods/setting.hpp"
#include "methods/transfer.hpp"

// How many messages a second go one way, from the first send to the last receive. Priorities are
// random.

namespace bench {

enum class Handover { by_copy, in_batches, in_place, untouched };

struct OneWay {
    Shape shape;
    unsigned senders = 1; // with one on each side, each has its own processor
    unsigned receivers = 1;
    Handover handover = Handover::by_copy;
    Touch touch = Touch::ends;

    template <QueueKind Queue> [[nodiscard]] bool fits() const {
        return Queue::streams && senders <= Queue::senders && receivers <= Queue::receivers &&
               (shape.priorities == 1 || Queue::priorities);
    }
    // A receiver that is alone gets one from each sender, because it may have a connection to each
    // of them. Otherwise the sender that is the last to finish sends one to each.
    [[nodiscard]] bool ends_with_each_sender() const { return receivers == 1; }
};

// One participant's part in the measurement.
template <QueueKind Queue> class OneWayPart {
public:
    OneWayPart(const OneWay& way, SharedState& shared, const Setting& setting,
               SharedState::Part& part, End end)
        : way_{way}, shared_{shared}, setting_{setting}, part_{part}, queue_{setting.object, end} {}

    void send(unsigned index) {
        with_transfer([&](auto transfer) {
            RandomPriorities priorities{way_.shape.priorities, index};
            in_phases([&](std::uint64_t count) {
                const auto sender = static_cast<std::uint16_t>(index);
                for (std::uint64_t sequence = 0; sequence < count; ++sequence) {
                    transfer.send({sequence, sender, priorities(), 0});
                }
                transfer.flush();
                stop_receivers(transfer);
            });
        });
    }

    void receive() {
        with_transfer([&](auto transfer) {
            in_phases([&](std::uint64_t) {
                unsigned left = way_.ends_with_each_sender() ? way_.senders : 1;
                while (left != 0) {
                    transfer.receive([&](const Stamp& stamp, unsigned priority) {
                        if (stamp.last != 0) {
                            --left;
                        } else {
                            part_.tally.add(stamp, priority);
                        }
                    });
                }
            });
        });
    }

private:
    template <class Use> void with_transfer(Use use) {
        const std::size_t size = way_.shape.size;
        if constexpr (Queue::batches) {
            if (way_.handover == Handover::in_batches) {
                return use(Batching<Queue>{queue_, size});
            }
        }
        if constexpr (Queue::lends) {
            if (way_.handover == Handover::in_place) {
                return use(Lending<Queue>{queue_, size, way_.touch});
            }
            if (way_.handover == Handover::untouched) {
                return use(Untouched<Queue>{queue_, size});
            }
        }
        use(Copying<Queue>{queue_, size, way_.touch});
    }

    [[nodiscard]] bool is_first() const { return &part_ == &shared_.parts[0]; }

    template <class Work> void in_phases(Work work) {
        shared_.meet();
        if (is_first()) {
            remove_early<Queue>(setting_.object);
        }
        Calibration calibration{setting_.seconds, first_count()};
        std::uint64_t count = 0;
        do {
            count = calibration.count();
            one_phase(work, count);
        } while (!calibration.was_enough(shared_.elapsed_ns()));
        if (is_first()) {
            const auto messages = static_cast<double>(way_.senders * count);
            shared_.answer({messages / static_cast<double>(shared_.elapsed_ns()) * 1e3});
        }
    }

    template <class Work> void one_phase(Work work, std::uint64_t count) {
        if (is_first()) {
            shared_.still_sending = way_.senders;
        }
        shared_.meet();
        part_.tally = Tally{};
        part_.start = now_ns();
        work(count);
        part_.end = now_ns();
        shared_.meet();
        if (is_first()) {
            check(count);
        }
    }

    // About 4 MiB.
    [[nodiscard]] std::uint64_t first_count() const {
        return std::clamp<std::uint64_t>((4 << 20) / way_.shape.size, 1, 256);
    }

    // The priority of these messages is the lowest, so that all others come before them.
    template <class Transfer> void stop_receivers(Transfer& transfer) {
        const bool is_last_sender = --shared_.still_sending == 0;
        if (way_.ends_with_each_sender() || is_last_sender) {
            for (unsigned receiver = 0; receiver < way_.receivers; ++receiver) {
                transfer.send({.last = 1});
                transfer.flush();
            }
        }
    }

    void check(std::uint64_t count) const {
        Tally all;
        for (unsigned index = 0; index < way_.senders + way_.receivers; ++index) {
            all.add(shared_.parts.at(index).tally);
        }
        all.check(way_.senders, count);
    }

    const OneWay& way_;
    SharedState& shared_;
    const Setting& setting_;
    SharedState::Part& part_;
    Queue queue_;
};

template <QueueKind Queue>
void measure(const OneWay& way, SharedState& shared, const Setting& setting) {
    require_memory(way.shape.size, way.shape.capacity + way.senders + way.receivers + 2);
    create_noting<Queue>(shared, setting.object, way.shape);
    const bool pinned = way.senders == 1 && way.receivers == 1;
    std::vector<Role> roles;
    for (unsigned index = 0; index < way.senders; ++index) {
        roles.push_back({pinned ? Place::first_cpu : Place::anywhere, [&, index](auto& part) {
                             OneWayPart<Queue>{way, shared, setting, part, End::sends}.send(index);
                         }});
    }
    for (unsigned index = 0; index < way.receivers; ++index) {
        roles.push_back({pinned ? Place::second_cpu : Place::anywhere, [&](auto& part) {
                             OneWayPart<Queue>{way, shared, setting, part, End::receives}.receive();
                         }});
    }
    play(shared, roles);
}

} // namespace bench
