// SPDX-License-Identifier: BSL-1.0
#include "notification/ding.hpp"

#include <iostream>

namespace demo {

std::size_t print_dings(crex::MessageQueue& queue) {
    std::size_t count = 0;
    while (const auto message = queue.try_receive()) {
        std::cout << "Ding! Message with priority " << message->priority
                  << " received: " << message->body << std::endl;
        ++count;
    }
    return count;
}

} // namespace demo
