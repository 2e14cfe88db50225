// SPDX-License-Identifier: BSL-1.0
#include <crex/inventory.hpp>
#include <crex/limits.hpp>

#include "common/arguments.hpp"

#include "common/inspection.hpp"
#include "inventory/scan.hpp"
#include "message_queue/at_server.hpp"
#include "message_queue/backend.hpp"
#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "ring/ring_memory.hpp"
#include "robust_semaphore/at_server.hpp"
#include "robust_semaphore/permits.hpp"

namespace crex {

using detail::robust::ring_kind;
using detail::robust::Segment;
using detail::robust::semaphore_kind;

namespace detail {
namespace {

// False when the name is reserved for other objects. Throws std::invalid_argument for a bad name.
bool may_be_named(const Call& call, const NameRule& rule) {
    check_file_name(call, rule.longest);
    return rule.reserved_for(call.object) == nullptr;
}

} // namespace
} // namespace detail

std::optional<ObjectInfo> inspect_semaphore(std::string_view name) {
    const detail::Call call{"inspect_semaphore", name};
    return detail::may_be_named(call, detail::semaphore_names)
               ? detail::info_of(call, detail::semaphore_path(std::string{name}))
               : std::nullopt;
}

std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name) {
    const detail::Call call{"inspect_robust_semaphore", name};
    detail::check_name(call, detail::robust_semaphore_names);
    return detail::info_of(call,
                           detail::shared_memory_path(Segment::file_name(semaphore_kind, name)));
}

std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name, Server& at) {
    const detail::Call call{"inspect_robust_semaphore", name};
    detail::check_name(call, detail::robust_semaphore_names);
    return detail::SemaphoresAt{at}.inspect(call);
}

std::optional<ObjectInfo> inspect_shared_memory(std::string_view name) {
    const detail::Call call{"inspect_shared_memory", name};
    return detail::may_be_named(call, detail::memory_names)
               ? detail::info_of(call, detail::shared_memory_path(std::string{name}))
               : std::nullopt;
}

std::optional<ObjectInfo> inspect_message_queue(std::string_view name, Backend backend) {
    const detail::CancellationHeld held;
    const detail::Call call{"inspect_message_queue", name};
    const auto& its_backend = detail::backend_of(backend);
    return detail::may_be_named(call, its_backend.names) ? its_backend.inspect(call) : std::nullopt;
}

std::optional<ObjectInfo> inspect_message_queue(std::string_view name, Server& at) {
    const detail::Call call{"inspect_message_queue", name};
    detail::check_name(call, detail::remote_backend.names);
    return detail::QueuesAt{at}.inspect(call);
}

std::optional<ObjectInfo> inspect_ring(std::string_view name) {
    const detail::Call call{"inspect_ring", name};
    detail::check_name(call, detail::ring_names);
    return detail::info_of(call, detail::shared_memory_path(Segment::file_name(ring_kind, name)));
}

Users users_of(ObjectId id) {
    const detail::CancellationHeld held;
    const detail::Sightings sightings = detail::look_for({id});
    Users users;
    users.complete = sightings.complete;
    for (const ObjectUser& user : sightings.users.at(id)) {
        users.pids.push_back(user.pid);
    }
    return users;
}

} // namespace crex
