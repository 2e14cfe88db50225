// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <crex/postgres.hpp>
#include <iostream>

int main() {
    crex::PostgresServer server{"service=jobs"};
    server.on_loss([] { std::cerr << "Cut off: stop, another machine may begin.\n"; });
    crex::RobustSemaphore turn{"/nightly", crex::o_creat, {.at = &server}};
    if (!turn.try_acquire()) {
        std::cout << "Another machine is at it.\n";
        return 0;
    }
    std::cout << "Here, with token " << turn.token() << ". Press Enter to end." << std::endl;
    std::cin.get();
    turn.release(); // LeaseLostError if it was not this machine's all the time
}
