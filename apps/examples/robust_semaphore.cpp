// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>
#include <mutex>

int main() {
    crex::RobustSemaphore turn{"/safe-turn", crex::o_creat};
    const std::scoped_lock guard{turn};
    std::cout << (turn.previous_holder_died() ? "Killed, the one before me.\n" : "Alone.\n")
              << "Press Enter to let the next one in, or kill me." << std::endl;
    std::cin.get();
}
