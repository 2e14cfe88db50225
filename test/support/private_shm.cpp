// SPDX-License-Identifier: BSL-1.0
#include "support/private_shm.hpp"

#include <filesystem>
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace test {

namespace {

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

bool mount_it(const std::string& size) {
    return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", "/dev/shm", "tmpfs", 0, ("size=" + size).c_str()) == 0;
}

} // namespace

bool enter_private_shm(const std::string& size) {
    return (unshare(CLONE_NEWNS) == 0 || enter_user_namespace()) && mount_it(size);
}

std::size_t files_in_shm() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{"/dev/shm"}, {}));
}

std::size_t pages_in_use_in_shm() {
    struct statvfs status {};
    statvfs("/dev/shm", &status);
    return status.f_blocks - status.f_bfree;
}

} // namespace test
