// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <cstring>
#include <iostream>

int main(int argc, char** argv) {
    crex::SharedMemory memory{"/notice-board", crex::o_creat, {.size = 4096}};
    crex::Mapping board = memory.map();
    auto* const text = reinterpret_cast<char*>(board.bytes().data());
    std::cout << "It said: " << text << '\n';
    std::strncpy(text, argc > 1 ? argv[1] : "", board.size() - 1);
}
