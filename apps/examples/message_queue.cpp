// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>

int main(int argc, char** argv) {
    using namespace std::chrono_literals;
    crex::MessageQueue queue{"/letters", crex::o_creat, {.max_messages = 10}};
    if (argc > 1) {
        queue.send(argv[1], 5s);
    } else {
        const auto [body, priority] = queue.receive();
        std::cout << body << '\n';
    }
}
