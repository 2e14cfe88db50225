// SPDX-License-Identifier: BSL-1.0
#include "inventory/scan.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inventory/folder.hpp"
#include "platform/file.hpp"
#include "platform/process.hpp"

namespace crex::detail {
namespace {

// One that has gone meanwhile uses nothing.
bool is_gone(int error) { return error == ENOENT || error == ESRCH; }

// Runs `body` for every line. False, with errno set, when the file could not be read.
template <class Body> bool for_each_line(int fd, Body body) {
    std::array<char, 16384> buffer; // the kernel gives a page at a time
    std::size_t kept = 0;
    for (;;) {
        const ssize_t got = read(fd, buffer.data() + kept, buffer.size() - kept);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        std::string_view text{buffer.data(), kept + static_cast<std::size_t>(got)};
        for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
            body(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
        kept = text.size() < buffer.size() ? text.size() : 0; // no line is that long
        std::memmove(buffer.data(), text.data(), kept);
    }
}

template <class Number>
const char* parse(const char* begin, const char* end, Number& number, int base) {
    return std::from_chars(begin, end, number, base).ptr;
}

constexpr std::string_view sysv_path = "/SYSV";

// "7f2c5d4e3000-7f2c5d4e4000 rw-s 00000000 00:17 4   /dev/shm/x". Nothing for what is of no file.
std::optional<ObjectId> object_in(std::string_view line) {
    std::size_t at = 0;
    for (int field = 0; field < 3 && at != line.npos; ++field) {
        at = line.find(' ', at == 0 ? 0 : at + 1);
    }
    if (at == line.npos) {
        return std::nullopt;
    }
    const char* const end = line.data() + line.size();
    unsigned major = 0;
    unsigned minor = 0;
    ObjectId id;
    const char* next = parse(line.data() + at + 1, end, major, 16);
    next = parse(std::min(next + 1, end), end, minor, 16);
    next = parse(std::min(next + 1, end), end, id.inode, 10);
    const std::string_view rest{next, static_cast<std::size_t>(end - next)};
    const auto path = rest.find_first_not_of(' ');
    const bool is_sysv = path != rest.npos && rest.substr(path).starts_with(sysv_path);
    id.device = is_sysv ? 0 : makedev(major, minor);
    return id.inode == 0 && !is_sysv ? std::nullopt : std::optional{id};
}

// All processes, for a set of objects.
class Scan {
public:
    explicit Scan(const std::vector<ObjectId>& objects) {
        result_.users.reserve(objects.size());
        for (const ObjectId& id : objects) {
            result_.users.try_emplace(id);
        }
        struct stat status {};
        ipc_namespace_ = stat("/proc/thread-self/ns/ipc", &status) == 0 ? status.st_ino : 0;
    }

    Sightings everywhere() {
        const Folder proc{"/proc"};
        const bool whole = proc && proc.for_each([&](const std::string& name) {
            int pid = 0;
            const char* const end = name.data() + name.size();
            if (parse(name.data(), end, pid, 10) == end && pid > 0) {
                look_into(proc.fd(), name, pid);
            }
        });
        result_.complete = result_.complete && whole && sees_all_processes();
        return std::move(result_);
    }

private:
    void look_into(int proc, const std::string& folder, int pid) {
        const bool has_memory = look_at_maps(proc, folder, pid);
        look_at_descriptors(proc, folder, pid);
        if (!has_memory) {
            look_into_threads(proc, folder, pid);
        }
    }

    // A kernel thread has no memory, and neither has a process whose first thread has ended: what
    // it uses is then to be seen in those that have not.
    void look_into_threads(int proc, const std::string& process, int pid) {
        const std::string folder = process + "/task";
        const Folder threads{proc, folder.c_str()};
        if (!threads) {
            return;
        }
        threads.for_each([&](const std::string& thread) {
            if (thread != process && look_at_maps(threads.fd(), thread, pid)) {
                look_at_descriptors(threads.fd(), thread, pid);
            }
        });
    }

    // False when there is none.
    bool look_at_maps(int proc, const std::string& folder, int pid) {
        const UniqueFd file{::openat(proc, (folder + "/maps").c_str(), O_RDONLY | O_CLOEXEC)};
        bool any = false;
        const bool whole = file.get() >= 0 && for_each_line(file.get(), [&](std::string_view line) {
                               any = true;
                               const auto id = object_in(line);
                               if (id && (id->device != 0 || shares_ipc(proc, folder))) {
                                   note(*id, pid, &ObjectUser::maps);
                               }
                           });
        if (!whole && !is_gone(errno)) {
            result_.complete = false;
        }
        return any || !whole;
    }

    void look_at_descriptors(int proc, const std::string& process, int pid) {
        const std::string name = process + "/fd";
        const Folder folder{proc, name.c_str()};
        const bool whole = folder && folder.for_each([&](const std::string& descriptor) {
            struct statx status {};
            // Without asking a file server that may not answer.
            if (statx(folder.fd(), descriptor.c_str(), AT_STATX_DONT_SYNC, STATX_INO, &status) ==
                0) {
                note({makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino}, pid,
                     &ObjectUser::has_open);
            }
        });
        if (!whole && !is_gone(errno)) {
            result_.complete = false;
        }
    }

    // The same number is another object in another IPC namespace.
    [[nodiscard]] bool shares_ipc(int proc, const std::string& folder) const {
        struct stat status {};
        return fstatat(proc, (folder + "/ns/ipc").c_str(), &status, 0) == 0 &&
               status.st_ino == ipc_namespace_;
    }

    void note(const ObjectId& id, int pid, bool ObjectUser::*how) {
        const auto found = result_.users.find(id);
        if (found == result_.users.end()) {
            return;
        }
        auto& users = found->second;
        if (users.empty() || users.back().pid != pid) {
            users.push_back({pid});
        }
        users.back().*how = true;
    }

    Sightings result_;
    ino_t ipc_namespace_ = 0;
};

} // namespace

Sightings look_for(const std::vector<ObjectId>& objects) { return Scan{objects}.everywhere(); }

} // namespace crex::detail
