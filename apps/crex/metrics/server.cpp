// SPDX-License-Identifier: BSL-1.0
#include "metrics/server.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "failure.hpp"
#include "objects/naming.hpp"

namespace cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto patience = 10s; // with a client
constexpr int clients_max = 64;
constexpr std::uint32_t request_max = 16384; // bytes

using Text = std::function<std::string()>;
using Response = http::response<http::string_body>;

// "127.0.0.1" and "9464".
std::pair<std::string, std::string> parts_of(const std::string& address) {
    const auto colon = address.rfind(':');
    const bool bracketed = address.starts_with('[') && address.find("]:") + 1 == colon;
    const std::string host = address.substr(0, colon);
    if (colon == address.npos || (host.find(':') != host.npos && !bracketed)) {
        throw UsageError{"--listen: \"" + printable(address) +
                         "\" is no ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464"};
    }
    return {bracketed ? host.substr(1, host.size() - 2) : host, address.substr(colon + 1)};
}

std::uint16_t port_in(const std::string& text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || rest != end) {
        throw UsageError{"--listen: \"" + printable(text) + "\" is no port; one is 0 to 65535"};
    }
    return port;
}

tcp::endpoint endpoint_of(const Listening& listening) {
    const auto [host, port] = parts_of(listening.address);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) {
        throw UsageError{"--listen: \"" + printable(host) +
                         "\" is no IP address; this machine's own is 127.0.0.1"};
    }
    if (!address.is_loopback() && !listening.allow_remote) {
        throw UsageError{"--listen: other machines can reach " + host +
                         ", and read there what this one shares; --allow-remote permits that"};
    }
    return {address, port_in(port)};
}

tcp::acceptor listen_at(asio::io_context& context, const Listening& listening) {
    const tcp::endpoint endpoint = endpoint_of(listening);
    try {
        return tcp::acceptor{context, endpoint};
    } catch (const boost::system::system_error& error) {
        const int code = error.code().value();
        const auto status = code == EADDRINUSE                ? busy
                            : code == EACCES || code == EPERM ? not_allowed
                                                              : os_error;
        throw Failure{status,
                      listening.address + ": cannot listen there: " + error.code().message()};
    }
}

Response plain(const http::request<http::string_body>& request, http::status status,
               std::string body) {
    Response response{status, request.version()};
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.keep_alive(false);
    response.body() = std::move(body);
    response.prepare_payload();
    if (request.method() == http::verb::head) {
        response.body().clear(); // the length stays
    }
    return response;
}

Response response_to(const http::request<http::string_body>& request, const Text& text) {
    const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
    const auto path = request.target().substr(0, request.target().find('?'));
    if (!reads) {
        Response response =
            plain(request, http::status::method_not_allowed, "metrics can only be read\n");
        response.set(http::field::allow, "GET, HEAD");
        return response;
    }
    if (path != "/metrics") {
        return plain(request, http::status::not_found, "the metrics are at /metrics\n");
    }
    try {
        return plain(request, http::status::ok, text());
    } catch (const std::exception& error) {
        return plain(request, http::status::internal_server_error,
                     std::string{error.what()} + "\n");
    }
}

// One request and its response. A session keeps itself alive until then.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, const Text& text, int& clients)
        : stream_{std::move(socket)}, text_{text}, clients_{clients} {
        ++clients_;
        parser_.header_limit(request_max);
        parser_.body_limit(request_max);
    }
    ~Session() { --clients_; }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start() {
        stream_.expires_after(patience);
        http::async_read(stream_, buffer_, parser_,
                         [self = shared_from_this()](error_code error, std::size_t) {
                             if (!error) {
                                 self->answer();
                             }
                         });
    }

private:
    void answer() {
        response_ = response_to(parser_.get(), text_);
        stream_.expires_after(patience);
        http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {
            error_code ignored; // the client has gone
            self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        });
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_{2 * request_max};
    http::request_parser<http::string_body> parser_;
    Response response_;
    const Text& text_;
    int& clients_;
};

class Server {
public:
    Server(asio::io_context& context, tcp::acceptor acceptor, const Text& text)
        : acceptor_{std::move(acceptor)}, pause_{context}, text_{text} {
        accept();
    }

private:
    void accept() {
        acceptor_.async_accept([this](error_code error, tcp::socket socket) {
            if (error) { // too many open files, for example
                accept_later();
                return;
            }
            if (clients_ < clients_max) {
                std::make_shared<Session>(std::move(socket), text_, clients_)->start();
            }
            accept();
        });
    }

    void accept_later() {
        pause_.expires_after(100ms);
        pause_.async_wait([this](error_code) { accept(); });
    }

    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    const Text& text_;
    int clients_ = 0;
};

std::string url_of(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return "http://" + (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(endpoint.port()) + "/metrics";
}

} // namespace

void serve(const Listening& listening, const std::function<std::string()>& text) {
    asio::io_context context{1}; // one thread
    tcp::acceptor acceptor = listen_at(context, listening);
    std::cout << url_of(acceptor.local_endpoint()) << std::endl;
    Server server{context, std::move(acceptor), text};
    context.run();
    throw Failure{internal, "--listen: the server has ended"}; // it always accepts
}

} // namespace cli
