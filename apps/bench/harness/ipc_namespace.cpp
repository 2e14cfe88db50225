// SPDX-License-Identifier: BSL-1.0
#include "harness/ipc_namespace.hpp"

#include <fstream>

#include <sched.h>
#include <unistd.h>

namespace bench {

namespace {

void write_file(const std::string& path, const std::string& text) { std::ofstream{path} << text; }

// An ordinary user needs a user namespace, in which it is root.
bool enter_own_namespace() {
    if (unshare(CLONE_NEWIPC) == 0) {
        return true;
    }
    const std::string user = std::to_string(geteuid());
    const std::string group = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
        return false;
    }
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + user + " 1");
    write_file("/proc/self/gid_map", "0 " + group + " 1");
    return true;
}

} // namespace

void set_ipc_limit(const std::string& limit, std::size_t value) {
    static const bool own = enter_own_namespace();
    if (own) {
        write_file("/proc/sys/" + limit, std::to_string(value));
    }
}

} // namespace bench
