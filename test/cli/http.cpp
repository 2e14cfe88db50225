// SPDX-License-Identifier: BSL-1.0
#include "cli/http.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test {
namespace {

sockaddr_in own_address(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int expect(int result, const char* what) {
    if (result < 0) {
        throw std::system_error{errno, std::generic_category(), what};
    }
    return result;
}

} // namespace

Connection::Connection(int port)
    : socket_{expect(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")} {
    const sockaddr_in address = own_address(port);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(socket_);
        throw std::system_error{error, std::generic_category(), "connect"};
    }
}

Connection::~Connection() { ::close(socket_); }

void Connection::send(const std::string& text) const {
    const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(text.size())) {
        throw std::system_error{errno, std::generic_category(), "send"};
    }
}

std::string Connection::rest() const {
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) { // or closed with something unread
            return text;
        }
        expect(static_cast<int>(got), "recv");
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

HttpAnswer http(int port, const std::string& target, const std::string& method) {
    const Connection connection{port};
    connection.send(method + " " + target + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    const std::string text = connection.rest();
    const auto end = text.find("\r\n\r\n");
    if (end == text.npos || !text.starts_with("HTTP/1.")) {
        throw std::runtime_error{"no HTTP response: " + text};
    }
    return {std::atoi(text.c_str() + text.find(' ')), text.substr(0, end), text.substr(end + 4)};
}

int free_port() {
    const int socket = expect(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address = own_address(0);
    socklen_t size = sizeof address;
    expect(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size), "bind");
    expect(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    ::close(socket);
    return ntohs(address.sin_port);
}

} // namespace test
