// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>

int main(int argc, char** argv) {
    using namespace std::chrono_literals;
    crex::MessageQueue requests{"/requests", crex::o_creat};
    if (argc > 1) {
        crex::MessageQueue replies{
            std::nullopt, crex::O_CREX, {.lifetime = crex::Lifetime::until_unused}};
        requests.send(replies.name() + ' ' + argv[1]);
        std::cout << replies.receive(5s).body << std::endl;
    } else {
        const std::string request = requests.receive().body;
        const auto blank = request.find(' ');
        auto replies = crex::MessageQueue::try_open(request.substr(0, blank));
        if (!replies || !replies->try_send("you said" + request.substr(blank))) {
            std::cerr << "the client is gone, or does not read" << std::endl;
        }
    }
}
