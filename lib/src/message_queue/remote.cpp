// SPDX-License-Identifier: BSL-1.0
#include "message_queue/at_server.hpp"
#include "message_queue/backend.hpp"

// Queues that a server keeps: the server opens and creates them.

namespace crex::detail {
namespace {

std::unique_ptr<Queue> open(const Call& call, const MessageQueueOptions& options) {
    return QueuesAt{*options.at}.open(call, options);
}

std::unique_ptr<Queue> create(const Call& call, const MessageQueueOptions& options) {
    return QueuesAt{*options.at}.create(call, options);
}

[[noreturn]] void throw_no_server(const Call& call) {
    throw_invalid(call, "the remote backend needs a server");
}

void unlink(const Call& call) { throw_no_server(call); }

std::optional<ObjectInfo> inspect(const Call& call) { throw_no_server(call); }

} // namespace

const QueueBackend remote_backend{
    "remote", {robust_message_queue_name_max}, true, open, create, unlink, inspect};

} // namespace crex::detail
