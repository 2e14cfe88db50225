// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "harness/clock.hpp"
#include "harness/processes.hpp"
#include "methods/kinds.hpp"
#include "methods/percentile.hpp"
#include "methods/setting.hpp"
#include "methods/transfer.hpp"

// The time from the beginning of a send to the moment at which a receiver on another processor has
// the message, after it has waited so long that it must be asleep: the median and the 90th
// percentile, in µs.

namespace bench {

struct WakeUp {
    std::chrono::milliseconds idle{20};
    Shape shape{10, 64};

    template <QueueKind Queue> [[nodiscard]] bool fits() const {
        return Queue::waiting != waits::spinning; // it never sleeps
    }
};

// A message's sequence is the time at which it was sent.
template <QueueKind Queue>
void send_seldom(Queue& queue, const WakeUp& wake_up, const Setting& setting) {
    Copying<Queue> out{queue, wake_up.shape.size, Touch::ends};
    const double idle = std::chrono::duration<double>(wake_up.idle).count();
    const int times = 5 + static_cast<int>(4 * setting.seconds / idle);
    for (int left = times; left > 0; --left) {
        std::this_thread::sleep_for(wake_up.idle);
        out.send({.sequence = static_cast<std::uint64_t>(now_ns()), .last = left == 1});
    }
}

template <QueueKind Queue>
void receive_seldom(Queue& queue, const WakeUp& wake_up, SharedState& shared) {
    Copying<Queue> in{queue, wake_up.shape.size, Touch::ends};
    std::vector<std::uint32_t> took;
    bool stopped = false;
    while (!stopped) {
        in.receive([&](const Stamp& stamp, unsigned) {
            took.push_back(
                static_cast<std::uint32_t>(static_cast<std::uint64_t>(now_ns()) - stamp.sequence));
            stopped = stamp.last != 0;
        });
    }
    shared.answer({percentile(took, 50) / 1e3, percentile(took, 90) / 1e3});
}

template <QueueKind Queue>
void measure(const WakeUp& wake_up, SharedState& shared, const Setting& setting) {
    create_noting<Queue>(shared, setting.object, wake_up.shape);
    const Role sender{Place::first_cpu, [&](auto&) {
                          Queue queue{setting.object, End::sends};
                          shared.meet();
                          remove_early<Queue>(setting.object);
                          send_seldom(queue, wake_up, setting);
                          shared.meet();
                      }};
    const Role receiver{Place::second_cpu, [&](auto&) {
                            Queue queue{setting.object, End::receives};
                            shared.meet();
                            receive_seldom(queue, wake_up, shared);
                            shared.meet();
                        }};
    const Role roles[] = {sender, receiver};
    play(shared, roles);
}

} // namespace bench
