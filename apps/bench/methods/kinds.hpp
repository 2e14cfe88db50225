// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>

#include "subjects/subject.hpp"

// The two kinds of subject, and what a process can do with each.

namespace bench {

template <class Subject>
concept QueueKind = std::derived_from<Subject, Properties> &&
    std::constructible_from<Subject, std::string, End> &&
    requires(Subject queue, std::span<std::byte> bytes) {
    queue.send(bytes, 0U);
    { queue.receive(bytes) } -> std::same_as<Arrival>;
};

template <class Subject>
concept SemaphoreKind = std::derived_from<Subject, Properties> &&
    std::constructible_from<Subject, std::string> && requires(Subject semaphore) {
    semaphore.acquire();
    semaphore.release();
};

} // namespace bench
