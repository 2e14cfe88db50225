// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <charconv>
#include <utility>

#include "inventory/families.hpp"
#include "inventory/judgement.hpp"
#include "platform/cancellation.hpp"

namespace crex {

std::string_view to_string(ObjectKind kind) {
    switch (kind) {
    case ObjectKind::semaphore:
        return "sem";
    case ObjectKind::shared_memory:
        return "shm";
    case ObjectKind::kernel_queue:
        return "mq";
    case ObjectKind::boost_queue:
        return "boost-mq";
    case ObjectKind::robust_semaphore:
        return "crex-sem";
    case ObjectKind::robust_queue:
        return "crex-mq";
    case ObjectKind::ring:
        return "crex-ring";
    case ObjectKind::poll_fifo:
        return "crex-poll";
    case ObjectKind::sysv_semaphores:
        return "sysv-sem";
    case ObjectKind::sysv_shared_memory:
        return "sysv-shm";
    case ObjectKind::sysv_queue:
        return "sysv-mq";
    }
    return "?";
}

bool is_robust(ObjectKind kind) {
    return kind == ObjectKind::robust_semaphore || kind == ObjectKind::robust_queue ||
           kind == ObjectKind::ring;
}

std::string_view to_string(ObjectState state) {
    switch (state) {
    case ObjectState::in_use:
        return "in-use";
    case ObjectState::stale:
        return "stale";
    case ObjectState::unknown:
        break;
    }
    return "unknown";
}

Inventory list_objects(const InventoryOptions& options) {
    const detail::CancellationHeld held;
    detail::Findings findings;
    detail::list_shared_memory(findings, options);
    detail::list_kernel_queues(findings, options);
    detail::list_sysv(findings);
    return detail::judged(std::move(findings), options);
}

} // namespace crex
