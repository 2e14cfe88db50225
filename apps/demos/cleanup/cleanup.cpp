// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include <crex/error.hpp>

#include "common/named_object.hpp"
#include "common/program.hpp"

using namespace demo;

namespace {

// Returns true when the object is gone, whichever process removed it.
bool removed(const NamedObject& object) {
    std::cout << object.title << ": ";
    try {
        object.unlink();
        std::cout << "removed\n";
    } catch (const crex::ExistentialError&) {
        std::cout << "nothing there\n";
    } catch (const crex::Error& error) {
        std::cout << "failed: " << error.what() << '\n';
        return false;
    }
    return true;
}

} // namespace

int main(int argc, char** argv) {
    const Program program{"cleanup",
                          "Removes what the demo programs may have left behind: the semaphore, the "
                          "shared memory and\n"
                          "the message queue that params.txt names.",
                          false, true};
    return run(argc, argv, program, [](const Parameters& parameters) {
        bool all_gone = true;
        for (const auto& object : {semaphore_of(parameters), shared_memory_of(parameters),
                                   message_queue_of(parameters)}) {
            all_gone = removed(object) && all_gone;
        }
        return all_gone ? fine : failure;
    });
}
