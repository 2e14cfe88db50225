// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "postgres/server.hpp"
#include "support/kinds.hpp"

// The kinds that PostgreSQL keeps.

namespace test {

struct AtPostgres {
    static crex::Server* server() { return postgres_server(); }
};

using PostgresSemaphores = RobustSemaphoresAt<AtPostgres>;
struct PostgresQueues : Queues<crex::Backend::remote, AtPostgres> {
    static constexpr std::size_t name_max = crex::robust_message_queue_name_max;
};

using SemaphoreKinds = std::tuple<PostgresSemaphores>;
using Kinds = std::tuple<PostgresSemaphores, PostgresQueues>;
using QueueKinds = std::tuple<PostgresQueues>;
using RobustSemaphoreKind = PostgresSemaphores;
using RobustQueueKind = PostgresQueues;

using NotifyingKinds = QueueKinds;

/// Of so many messages, as many as a test should send: each is a transaction.
constexpr int scaled(int count) { return count / 10; }

} // namespace test
