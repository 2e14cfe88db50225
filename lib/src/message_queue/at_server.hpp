// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>

#include <crex/inventory.hpp>
#include <crex/server.hpp>

#include "message_queue/backend.hpp"

namespace crex::detail {

// The queues of a server. The names of the calls are those of QueueBackend.
class QueuesAt {
public:
    explicit QueuesAt(Server& server) : server_{server} {}

    [[nodiscard]] std::unique_ptr<Queue> open(const Call& call,
                                              const MessageQueueOptions& options) const {
        return server_.open_queue(call, options);
    }
    [[nodiscard]] std::unique_ptr<Queue> create(const Call& call,
                                                const MessageQueueOptions& options) const {
        return server_.create_queue(call, options);
    }
    void unlink(const Call& call) const { server_.unlink_queue(call); }
    [[nodiscard]] std::optional<ObjectInfo> inspect(const Call& call) const {
        return server_.inspect_queue(call);
    }

private:
    Server& server_;
};

} // namespace crex::detail
