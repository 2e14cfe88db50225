// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/kinds.hpp"

// The kinds of this machine.

namespace test {

using SemaphoreKinds = std::tuple<Semaphores, RobustSemaphores>;
using Kinds = std::tuple<Semaphores, RobustSemaphores, SharedMemories, BoostQueues, PosixQueues,
                         RobustQueues, Rings>;
using QueueKinds = std::tuple<BoostQueues, PosixQueues, RobustQueues>;

/// For the suites of crex's own semaphore and queue.
using RobustSemaphoreKind = RobustSemaphores;
using RobustQueueKind = RobustQueues;

/// Queues whose notifications are crex's own.
using NotifyingKinds = std::tuple<BoostQueues, RobustQueues>;

/// Of so many messages, as many as a test should send.
constexpr int scaled(int count) { return count; }

} // namespace test
