// SPDX-License-Identifier: BSL-1.0
#include "queue/subjects.hpp"

#include <array>
#include <variant>

#include "queue/boost_queue.hpp"
#include "queue/crex_queue.hpp"
#include "queue/kernel_queue.hpp"

namespace bench {

namespace {

template <class Queue>
void measure_any(const Method& method, Stage& stage, const Setting& setting) {
    std::visit([&](const auto& its) { measure<Queue>(its, stage, setting); }, method);
}

template <class Queue> constexpr Subject subject() {
    return {Queue::name, &measure_any<Queue>, &Queue::remove};
}

constexpr std::array all_subjects{
    subject<CrexQueue<crex::Backend::robust>>(),
    subject<BoostQueue>(),
    subject<KernelQueue>(),
    subject<CrexQueue<crex::Backend::boost>>(),
    subject<CrexQueue<crex::Backend::posix>>(),
};

} // namespace

std::span<const Subject> subjects() { return all_subjects; }

} // namespace bench
