// SPDX-License-Identifier: BSL-1.0

// A user's program that includes Boost.Interprocess itself, is built with other settings than crex,
// and links crex. The linker keeps one definition of each of Boost's inline functions; in a static
// link it is this program's. crex must work correctly nevertheless:  odr_user NAME

#include <iostream>

#include <boost/interprocess/ipc/message_queue.hpp>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"

namespace {

namespace bip = boost::interprocess;

// Makes this translation unit define Boost's locking functions.
void use_boost_directly(const std::string& name) {
    bip::message_queue queue{bip::create_only, name.c_str(), 2, 8};
    queue.send("x", 1, 0);
    char buffer[8];
    bip::message_queue::size_type size = 0;
    unsigned priority = 0;
    queue.receive(buffer, sizeof buffer, size, priority);
    bip::message_queue::remove(name.c_str());
}

} // namespace

int main(int, char** argv) {
    const std::string name = argv[1];
    use_boost_directly(name + "-raw");
    crex::MessageQueue queue{name, 0, {.backend = crex::Backend::boost}};
    try {
        queue.send("x");
        return test::done;
    } catch (const crex::CorruptError& error) {
        std::cout << error.what() << '\n';
        return test::corrupt_error;
    }
}
