// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>

#include <crex/inventory.hpp>
#include <crex/server.hpp>

#include "robust_semaphore/remote.hpp"

namespace crex::detail {

// The semaphores of a server. Opening returns null when there is none of the name, creating when
// the name is taken.
class SemaphoresAt {
public:
    explicit SemaphoresAt(Server& server) : server_{server} {}

    [[nodiscard]] std::unique_ptr<RemoteSemaphore>
    open(const Call& call, const RobustSemaphoreOptions& options) const {
        return server_.open_semaphore(call, options);
    }
    [[nodiscard]] std::unique_ptr<RemoteSemaphore>
    create(const Call& call, const RobustSemaphoreOptions& options) const {
        return server_.create_semaphore(call, options);
    }
    void unlink(const Call& call) const { server_.unlink_semaphore(call); }
    [[nodiscard]] std::optional<ObjectInfo> inspect(const Call& call) const {
        return server_.inspect_semaphore(call);
    }

private:
    Server& server_;
};

} // namespace crex::detail
