// SPDX-License-Identifier: BSL-1.0

// Runs in a mount namespace of its own with a /dev/shm of 64 KiB and fills it. crex must report
// that there is no room, must not leave anything half created and must not die of SIGBUS. Then the
// program denies itself access to the directory, and crex must report that.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/ordinary_user.hpp"
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
    // A name that exists is reported as existing, whether or not there is room for another one.
    if (crex::SharedMemory::try_open("/most", crex::O_CREX, {.size = 60 * 1024})) {
        return false;
    }
    return has_no_room([] { crex::SharedMemory("/memory", crex::O_CREX, {.size = 8192}); }) &&
           has_no_room([] { crex::SharedMemory("/most", 0, {.size = 128 * 1024}); }) &&
           most.size() == 60 * 1024 && has_no_room([] { create_queue(crex::Backend::boost); }) &&
           has_no_room([] { create_queue(crex::Backend::robust); });
}

bool tells_who_may_use_it() {
    if (chmod("/dev/shm", 0700) != 0 || !test::become_ordinary_user()) {
        return true; // a user other than root owns the directory and keeps access
    }
    const std::string expected =
        "Permission denied: /dev/shm belongs to user 0, and its mode is 0700";
    const auto is_told = [&](const std::function<void()>& use) {
        try {
            use();
        } catch (const crex::PermissionsError& error) {
            std::cout << error.what() << '\n';
            return std::string{error.what()}.find(expected) != std::string::npos;
        }
        return false;
    };
    return is_told([] { crex::SharedMemory("/memory", crex::O_CREX, {.size = 4096}); }) &&
           is_told([] { crex::SharedMemory("/memory"); }) &&
           is_told([] { crex::Semaphore("/semaphore", crex::O_CREX); }) &&
           is_told([] { create_queue(crex::Backend::boost); }) &&
           is_told([] { create_queue(crex::Backend::robust); }) &&
           is_told([] { crex::MessageQueue("/queue"); }) &&
           is_told([] { crex::unlink_message_queue("/queue"); }) &&
           is_told([] { crex::unlink_shared_memory("/memory"); });
}

} // namespace

int main() {
    if (!test::enter_private_shm("64k")) {
        return skipped;
    }
    return works_when_full() && tells_who_may_use_it() ? test::done : test::no;
}
