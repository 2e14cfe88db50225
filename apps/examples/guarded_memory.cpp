// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>
#include <mutex>

struct Account { // new memory is all zeros
    long deposits;
    long balance;
};

int main() {
    crex::RobustSemaphore turn{"/account", crex::o_creat};
    crex::SharedMemory memory{"/account", crex::o_creat, {.size = sizeof(Account)}};
    crex::Mapping mapping = memory.map();
    auto& account = *reinterpret_cast<Account*>(mapping.bytes().data());

    const std::scoped_lock guard{turn};
    if (turn.previous_holder_died()) { // perhaps between the two changes below
        account.balance = 10 * account.deposits;
    }
    ++account.deposits;
    account.balance += 10;
    std::cout << account.deposits << " deposits, balance " << account.balance << std::endl;
    std::cin.get();
}
