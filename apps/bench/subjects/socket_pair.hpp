// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

#include "subjects/errno.hpp"
#include "subjects/subject.hpp"

namespace bench {

// Two connected UNIX sockets, which the processes inherit: SOCK_STREAM or SOCK_SEQPACKET. Their
// buffers are of the system's size.
template <int type> class SocketPair : public Properties {
public:
    static constexpr bool in_packets = type == SOCK_SEQPACKET;
    static constexpr unsigned senders = in_packets ? any_number : 1;
    static constexpr unsigned receivers = senders;

    static Shape create(const std::string& object, Shape shape) {
        Pair pair{};
        check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair.fds), "socketpair");
        if (in_packets && !fits(pair.fds[0], shape.size)) {
            throw Refused{"a packet cannot be so large"};
        }
        pairs_[object] = pair;
        return shape;
    }

    static void remove(const std::string&) noexcept {} // with the processes

    SocketPair(const std::string& object, End)
        : out_{pairs_.at(object).fds[0]}, in_{pairs_.at(object).fds[1]} {}

    void send(std::span<const std::byte> body, unsigned) {
        while (!body.empty()) {
            const auto count = check(::send(out_, body.data(), body.size(), MSG_NOSIGNAL), "send");
            body = body.subspan(static_cast<std::size_t>(count));
        }
    }

    Arrival receive(std::span<std::byte> buffer) {
        const int flags = in_packets ? 0 : MSG_WAITALL;
        const auto count = check(recv(in_, buffer.data(), buffer.size(), flags), "recv");
        return {static_cast<std::size_t>(count), 0};
    }

private:
    struct Pair {
        int fds[2];
    };

    // The buffer must have room for the kernel's own data, too.
    static bool fits(int fd, std::size_t size) {
        int bytes = 0;
        socklen_t length = sizeof bytes;
        check(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &length), "SO_SNDBUF");
        return size + 4096 <= static_cast<std::size_t>(bytes);
    }

    inline static std::map<std::string, Pair> pairs_; // the children have them, too

    int out_;
    int in_;
};

} // namespace bench
