// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>
#include <mutex>

int main() {
    namespace sysv = crex::sysv;
    sysv::Semaphore turn{0x7075, crex::o_creat, {.initial_value = 1, .undo = true}};
    sysv::SharedMemory memory{0x7075, crex::o_creat, {.size = sizeof(int)}};
    sysv::Attachment page = memory.attach();
    const std::scoped_lock guard{turn}; // given back even if this process is killed
    auto& visits = *reinterpret_cast<int*>(page.bytes().data());
    std::cout << ++visits << ". visitor; " << turn.waiting_for_nonzero() << " waiting. Press Enter."
              << std::endl;
    std::cin.get();
}
