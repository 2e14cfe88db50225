// SPDX-License-Identifier: BSL-1.0
#include "postgres/link.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test {
namespace {

sockaddr_in address_of(int port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result.sin_port = htons(static_cast<std::uint16_t>(port));
    return result;
}

Descriptor new_socket() { return Descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}; }

void check(bool is_right) {
    if (!is_right) {
        throw std::system_error{errno, std::generic_category(), "a socket of the test"};
    }
}

// Listens on a port that the kernel chooses.
Descriptor new_listener() {
    auto listener = new_socket();
    const sockaddr_in any = address_of(0);
    check(bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 &&
          listen(listener.get(), 16) == 0);
    return listener;
}

int port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    check(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
}

// Lets the kernel drop each packet before TCP sees it, so that nothing is acknowledged.
void drop_all(int fd, bool drops) {
    sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &nothing};
    const int none = 0;
    check(drops ? setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0
                : setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) == 0);
}

// False at the end of the stream.
bool pass_on(int from, int to) {
    std::array<char, 65536> buffer{};
    const ssize_t size = recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    for (ssize_t done = 0; done < size;) {
        const ssize_t more =
            send(to, buffer.data() + done, static_cast<std::size_t>(size - done), MSG_NOSIGNAL);
        if (more <= 0) {
            return false;
        }
        done += more;
    }
    return size != 0;
}

} // namespace

Link::Link(int port_behind)
    : port_behind_{port_behind}, listener_{new_listener()}, port_{port_of(listener_.get())},
      wake_{eventfd(0, EFD_CLOEXEC)}, thread_{[this] { run(); }} {}

Link::~Link() {
    is_ending_ = true;
    eventfd_write(wake_.get(), 1);
}

int Link::unused_port() { return port_of(new_listener().get()); }

void Link::set_frozen(bool is_frozen) {
    const std::lock_guard lock{mutex_};
    is_frozen_ = is_frozen;
    drop_all(listener_.get(), is_frozen);
    for (const Pair& pair : pairs_) {
        drop_all(pair.client.get(), is_frozen);
        drop_all(pair.server.get(), is_frozen);
    }
    eventfd_write(wake_.get(), 1);
}

void Link::accept_one() {
    Pair pair{Descriptor{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)}, new_socket()};
    const sockaddr_in behind = address_of(port_behind_);
    if (connect(pair.server.get(), reinterpret_cast<const sockaddr*>(&behind), sizeof behind) ==
        0) {
        pairs_.push_back(std::move(pair));
    }
}

void Link::run() {
    while (!is_ending_) {
        std::vector<pollfd> sources{{wake_.get(), POLLIN, 0}};
        {
            const std::lock_guard lock{mutex_};
            if (!is_frozen_) {
                sources.push_back({listener_.get(), POLLIN, 0});
                for (const Pair& pair : pairs_) {
                    sources.push_back({pair.client.get(), POLLIN, 0});
                    sources.push_back({pair.server.get(), POLLIN, 0});
                }
            }
        }
        poll(sources.data(), sources.size(), -1);
        const std::lock_guard lock{mutex_};
        if ((sources[0].revents & POLLIN) != 0) {
            eventfd_t count = 0;
            eventfd_read(wake_.get(), &count);
        }
        if (is_frozen_ || sources.size() == 1) {
            continue;
        }
        std::erase_if(pairs_, [](const Pair& pair) {
            return !pass_on(pair.client.get(), pair.server.get()) ||
                   !pass_on(pair.server.get(), pair.client.get());
        });
        if ((sources[1].revents & POLLIN) != 0) {
            accept_one();
        }
    }
}

} // namespace test
