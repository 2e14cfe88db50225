// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>
#include <mutex>

int main() {
    crex::Semaphore turn{"/turn", crex::o_creat, {.initial_value = 1}};
    const std::scoped_lock guard{turn};
    std::cout << "Alone. Press Enter to let the next one in." << std::endl;
    std::cin.get();
}
