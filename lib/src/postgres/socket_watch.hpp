// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "platform/file.hpp"

namespace crex::detail::postgres {

// A descriptor to poll instead of the connection's socket. Other threads decide whether it watches
// the socket now: so the thread that polls it sleeps on while another one reads the socket.
class SocketWatch {
public:
    SocketWatch();

    [[nodiscard]] int fd() const { return epoll_.get(); }

    // Watches the socket for these events of epoll(7); none if `events` is 0, as it must be before
    // another socket is watched. False when the system has no memory for that.
    [[nodiscard]] bool set(int socket, std::uint32_t events) noexcept;

private:
    UniqueFd epoll_;
    int socket_ = -1; // that it watches
    std::uint32_t events_ = 0;
};

} // namespace crex::detail::postgres
