// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace test {

/// A TCP connection to a port of this machine.
class Connection {
public:
    explicit Connection(int port);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(const std::string& text) const;

    /// All that comes until the server closes the connection.
    [[nodiscard]] std::string rest() const;

private:
    int socket_;
};

struct HttpAnswer {
    int status = 0;
    std::string head;
    std::string body;
};

/// Requests http://127.0.0.1:PORT TARGET. Throws when no server answers.
HttpAnswer http(int port, const std::string& target, const std::string& method = "GET");

/// A port of this machine that no process has at this moment.
int free_port();

} // namespace test
