// SPDX-License-Identifier: BSL-1.0
#include <crex/asio.hpp>
#include <crex/crex.hpp>

#include <boost/asio.hpp>
#include <iostream>

namespace asio = boost::asio;
using asio::use_awaitable;

asio::awaitable<void> print_messages(crex::MessageQueue& queue) {
    crex::AsyncMessageQueue inbox{co_await asio::this_coro::executor, queue};
    for (;;) {
        const auto message = co_await inbox.async_receive(use_awaitable);
        std::cout << "message: " << message.body << std::endl;
    }
}

asio::awaitable<void> print_seconds() {
    asio::steady_timer timer{co_await asio::this_coro::executor};
    for (;;) {
        timer.expires_after(std::chrono::seconds{1});
        co_await timer.async_wait(use_awaitable);
        std::cout << "a second has passed" << std::endl;
    }
}

asio::awaitable<void> print_input(asio::io_context& context) try {
    asio::posix::stream_descriptor input{context, dup(STDIN_FILENO)};
    for (std::string text;; text.clear()) {
        const auto buffer = asio::dynamic_buffer(text);
        const auto size = co_await asio::async_read_until(input, buffer, '\n', use_awaitable);
        std::cout << "input: " << text.substr(0, size) << std::flush;
    }
} catch (const boost::system::system_error&) { // it has ended
    context.stop();
}

int main(int argc, char** argv) {
    crex::MessageQueue queue{argc > 1 ? argv[1] : "/events", crex::o_creat};
    asio::io_context context;
    asio::co_spawn(context, print_messages(queue), asio::detached);
    asio::co_spawn(context, print_seconds(), asio::detached);
    asio::co_spawn(context, print_input(context), asio::detached);
    context.run();
}
