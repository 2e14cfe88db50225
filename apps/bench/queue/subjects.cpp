// SPDX-License-Identifier: BSL-1.0
#include "queue/subjects.hpp"

#include <array>
#include <variant>

#include "queue/boost_queue.hpp"
#include "queue/crex_queue.hpp"
#include "queue/kernel_queue.hpp"
#include "ring/cache_line.hpp"
#include "ring/crex_ring.hpp"
#include "ring/fifo.hpp"
#include "ring/slots.hpp"
#include "ring/spsc_queue.hpp"

namespace bench {

namespace {

template <class Queue>
void measure_any(const Method& method, SharedState& shared, const Setting& setting) {
    std::visit([&](const auto& its) { measure<Queue>(its, shared, setting); }, method);
}

template <class Queue> constexpr Subject subject(std::string_view suite = "queue") {
    return {suite, Queue::name, &measure_any<Queue>, &Queue::remove};
}

constexpr std::array all_subjects{
    subject<CrexQueue<crex::Backend::robust>>(),
    subject<BoostQueue>(),
    subject<KernelQueue>(),
    subject<CrexQueue<crex::Backend::boost>>(),
    subject<CrexQueue<crex::Backend::posix>>(),
    subject<CrexRing<false>>("ring"),
    subject<CrexRing<true>>("ring"),
    subject<SpscQueue>("ring"),
    subject<BoostQueue>("ring"),
    subject<Fifo>("ring"),
    subject<Slots>("ring"),
    subject<CacheLine>("ring"),
};

} // namespace

std::span<const Subject> subjects() { return all_subjects; }

} // namespace bench
