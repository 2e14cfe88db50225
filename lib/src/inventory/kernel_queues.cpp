// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "inventory/directory.hpp"
#include "inventory/families.hpp"
#include "inventory/other_users.hpp"

namespace crex::detail {
namespace {

// Where the file system of the queues is mounted, the last mount first.
std::vector<std::string> mount_points() {
    std::ifstream mounts{"/proc/self/mountinfo"};
    std::vector<std::string> paths;
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(" - mqueue ") != line.npos) {
            std::istringstream fields{line};
            std::string path;
            for (int field = 1; field <= 5; ++field) {
                fields >> path;
            }
            paths.insert(paths.begin(), path);
        }
    }
    return paths;
}

UniqueFd folder_at(int parent, const char* path) {
    return UniqueFd{::openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

// Another file system may be mounted over it.
bool is_of_queues(int directory) {
    constexpr auto magic = 0x19800202; // MQUEUE_MAGIC, which no header defines
    struct statfs status {};
    return fstatfs(directory, &status) == 0 && status.f_type == magic;
}

// A mount that no other process sees, and that ends with its descriptor. For root only.
UniqueFd mounted_nowhere() {
    const UniqueFd context{fsopen("mqueue", FSOPEN_CLOEXEC)};
    if (context.get() < 0 ||
        fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        return UniqueFd{};
    }
    const UniqueFd root{fsmount(context.get(), FSMOUNT_CLOEXEC, 0)};
    return folder_at(root.get(), ".");
}

} // namespace

// A mounted file system may be that of another IPC namespace; a new mount is this process's. Of
// several mounts, the last is the best guess.
UniqueFd folder_of_kernel_queues() {
    if (UniqueFd own = mounted_nowhere(); own.get() >= 0) {
        return own;
    }
    for (const std::string& path : mount_points()) {
        UniqueFd mounted = folder_at(AT_FDCWD, path.c_str());
        if (is_of_queues(mounted.get())) {
            return mounted;
        }
    }
    return UniqueFd{};
}

// mq_getattr(3) also works on a queue that was opened as a file.
std::optional<FoundObject> look_at_kernel_queue(int directory, const std::string& file,
                                                const InventoryOptions& options) {
    struct stat status {};
    if (fstatat(directory, file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return std::nullopt;
    }
    FoundObject found;
    Object& object = found.object;
    object.kind = ObjectKind::kernel_queue;
    object.name = std::string{"/"}.append(file);
    describe(object, status);
    object.size.reset(); // of a text that the kernel generates
    object.may_have_content = true;
    UniqueFd fd{::openat(directory, file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    mq_attr attributes{};
    if (fd.get() >= 0 && mq_getattr(fd.get(), &attributes) == 0) {
        object.messages = static_cast<std::uint64_t>(attributes.mq_curmsgs);
        object.max_messages = static_cast<std::uint64_t>(attributes.mq_maxmsg);
        object.max_message_size = static_cast<std::uint64_t>(attributes.mq_msgsize);
        object.may_have_content = attributes.mq_curmsgs != 0;
    }
    fd = UniqueFd{};
    if (options.ask_kernel) {
        ask_for_other_users(found, directory, file);
    }
    return found;
}

void list_kernel_queues(Findings& findings, const InventoryOptions& options) {
    UniqueFd root = folder_of_kernel_queues();
    const int error = errno;
    const Directory directory{root.get() < 0 ? -1 : root.release()};
    const bool listed = directory && directory.for_each([&](const std::string& file) {
        if (auto found = look_at_kernel_queue(directory.fd(), file, options)) {
            findings.found.push_back(*std::move(found));
        }
    });
    if (!listed && error != ENODEV) { // the kernel has no queues
        findings.limitations.emplace_back(
            "kernel queues cannot be listed: their file system is not "
            "mounted (mount -t mqueue none /dev/mqueue)");
    }
}

} // namespace crex::detail
