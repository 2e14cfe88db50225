// SPDX-License-Identifier: BSL-1.0

// Runs in a mount namespace of its own with a /dev/shm of 64 KiB, fills it, and sees that crex
// reports that there is no room, creates nothing by half and does not die of SIGBUS.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"

namespace {

constexpr int skipped = 77;

void write_file(const char* path, const std::string& text) { std::ofstream{path} << text; }

// An ordinary user may mount in a user namespace, as its root.
bool enter_user_namespace() {
    const std::string user = std::to_string(geteuid());
    const std::string group = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        return false;
    }
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + user + " 1");
    write_file("/proc/self/gid_map", "0 " + group + " 1");
    return true;
}

bool enter_small_shm() {
    if (unshare(CLONE_NEWNS) != 0 && !enter_user_namespace()) {
        return false;
    }
    return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64k") == 0;
}

std::ptrdiff_t files() {
    return std::distance(std::filesystem::directory_iterator{"/dev/shm"}, {});
}

bool has_no_room(const std::function<void()>& create) {
    const auto before = files();
    try {
        create();
    } catch (const crex::Error& error) {
        std::cout << error.what() << '\n';
        return error.code().value() == ENOSPC && files() == before;
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
    if (!enter_small_shm()) {
        return skipped;
    }
    return works_when_full() ? test::done : test::no;
}
