// SPDX-License-Identifier: BSL-1.0

// Runs in a mount namespace of its own with a /dev/shm of 64 KiB, fills it, and sees that crex
// reports that there is no room, creates nothing by half and does not die of SIGBUS.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"
#include "support/private_shm.hpp"

namespace {

constexpr int skipped = 77;

bool has_no_room(const std::function<void()>& create) {
    const auto before = test::files_in_shm();
    try {
        create();
    } catch (const crex::Error& error) {
        std::cout << error.what() << '\n';
        return error.code().value() == ENOSPC && test::files_in_shm() == before;
    }
    return false;
}

void create_queue(crex::Backend backend) {
    crex::MessageQueue("/queue", crex::O_CREX, {.backend = backend});
}

bool works_when_full() {
    const crex::SharedMemory most{"/most", crex::O_CREX, {.size = 60 * 1024}};
    // A name that is taken is taken, whether or not there is room for another.
    if (crex::SharedMemory::try_open("/most", crex::O_CREX, {.size = 60 * 1024})) {
        return false;
    }
    return has_no_room([] { crex::SharedMemory("/memory", crex::O_CREX, {.size = 8192}); }) &&
           has_no_room([] { crex::SharedMemory("/most", 0, {.size = 128 * 1024}); }) &&
           most.size() == 60 * 1024 && has_no_room([] { create_queue(crex::Backend::boost); }) &&
           has_no_room([] { create_queue(crex::Backend::robust); });
}

} // namespace

int main() {
    if (!test::enter_private_shm("64k")) {
        return skipped;
    }
    return works_when_full() ? test::done : test::no;
}
