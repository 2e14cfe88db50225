// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <mutex>

#include "postgres/handle.hpp"
#include "postgres/waiter.hpp"

namespace crex::detail::postgres {

// The descriptor of ready_fd(). The server notifies it when it is right to show something; what
// ends that, a call of this handle notices. So it may show something that another process has
// taken, until the next call that finds nothing.
class Readiness {
public:
    // `is_ready` is the server's function that answers, and registers the handle if there is
    // nothing.
    Readiness(Handle& handle, const Statement& is_ready) : handle_{handle}, is_ready_{is_ready} {}

    // Shows what is true now.
    int fd(const Call& call);

    // After a call that has changed what is true. Does nothing before the first fd().
    void refresh(const Call& call);

private:
    struct Descriptor {
        explicit Descriptor(Session& session) : registration{session, waiter} {}
        Waiter waiter;
        Session::Registration registration;
    };

    void ask(const Call& call);

    Handle& handle_;
    const Statement& is_ready_;
    std::mutex mutex_;
    std::unique_ptr<Descriptor> descriptor_;
};

} // namespace crex::detail::postgres
