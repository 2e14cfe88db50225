// SPDX-License-Identifier: BSL-1.0
#include "postgres/socket_watch.hpp"

#include <cerrno>
#include <utility>

#include <sys/epoll.h>

#include "common/errors.hpp"

namespace crex::detail::postgres {

SocketWatch::SocketWatch() : epoll_{epoll_create1(EPOLL_CLOEXEC)} {
    if (epoll_.get() < 0) {
        throw_errno({"epoll_create1", "", false}, errno);
    }
}

// A socket that is watched for no events would still show the end of the connection, so it is
// removed instead. If libpq has closed it by then, it is not there.
bool SocketWatch::set(int socket, std::uint32_t events) noexcept {
    if (events == events_) {
        return true;
    }
    if (events == 0) {
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, std::exchange(socket_, -1), nullptr);
    } else {
        epoll_event event{};
        event.events = events;
        const int operation = events_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        if (epoll_ctl(epoll_.get(), operation, socket, &event) != 0) {
            return false;
        }
        socket_ = socket;
    }
    events_ = events;
    return true;
}

} // namespace crex::detail::postgres
