// SPDX-License-Identifier: BSL-1.0
#include "inventory/scan.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inventory/directory.hpp"
#include "platform/file.hpp"
#include "platform/process.hpp"

namespace crex::detail {
namespace {

// A process that has gone by now uses nothing.
bool is_gone(int error) { return error == ENOENT || error == ESRCH; }

// Calls `body` for every line. Returns false, with errno set, when the file could not be read.
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

// "7f2c5d4e3000-7f2c5d4e4000 rw-s 00000000 00:17 4 /dev/shm/x". Nothing for a mapping of no file.
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

// Searches all processes for the users of a set of objects.
class Scan {
public:
    Scan(const std::vector<ObjectId>& objects, dev_t with_unlinked)
        : with_unlinked_{with_unlinked} {
        result_.users.reserve(objects.size());
        for (const ObjectId& id : objects) {
            result_.users.try_emplace(id);
        }
        struct stat status {};
        ipc_namespace_ = stat("/proc/thread-self/ns/ipc", &status) == 0 ? status.st_ino : 0;
    }

    Sightings everywhere() {
        const Directory proc{"/proc"};
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
    void look_into(int proc, const std::string& directory, int pid) {
        const bool has_memory = look_at_maps(proc, directory, pid);
        look_at_descriptors(proc, directory, pid);
        if (!has_memory) {
            look_into_threads(proc, directory, pid);
        }
    }

    // A kernel thread has no memory. Neither has a process whose first thread has ended: its other
    // threads show what it uses.
    void look_into_threads(int proc, const std::string& process, int pid) {
        const std::string directory = process + "/task";
        const Directory threads{proc, directory.c_str()};
        if (!threads) {
            return;
        }
        const bool whole = threads.for_each([&](const std::string& thread) {
            if (thread != process && look_at_maps(threads.fd(), thread, pid)) {
                look_at_descriptors(threads.fd(), thread, pid);
            }
        });
        if (!whole && !is_gone(errno)) {
            result_.complete = false;
        }
    }

    // False when there are no mappings.
    bool look_at_maps(int proc, const std::string& directory, int pid) {
        const UniqueFd file{::openat(proc, (directory + "/maps").c_str(), O_RDONLY | O_CLOEXEC)};
        bool any = false;
        const bool whole = file.get() >= 0 && for_each_line(file.get(), [&](std::string_view line) {
                               any = true;
                               const auto id = object_in(line);
                               if (id && (id->device != 0 || shares_ipc(proc, directory))) {
                                   note(*id, pid, &ObjectUser::maps);
                                   if (may_be_unlinked(*id) && line.ends_with(deleted)) {
                                       note_mapping(proc, directory, pid, *id, line);
                                   }
                               }
                           });
        if (!whole && !is_gone(errno)) {
            result_.complete = false;
        }
        return any || !whole;
    }

    void look_at_descriptors(int proc, const std::string& process, int pid) {
        const std::string name = process + "/fd";
        const Directory directory{proc, name.c_str()};
        const bool whole = directory && directory.for_each([&](const std::string& descriptor) {
            struct statx status {};
            // AT_STATX_DONT_SYNC, so that a file server that may not answer is not asked.
            if (statx(directory.fd(), descriptor.c_str(), AT_STATX_DONT_SYNC,
                      STATX_INO | STATX_NLINK, &status) == 0) {
                const ObjectId id{makedev(status.stx_dev_major, status.stx_dev_minor),
                                  status.stx_ino};
                note(id, pid, &ObjectUser::has_open);
                if (may_be_unlinked(id) && status.stx_nlink == 0) {
                    note_descriptor(directory.fd(), descriptor, pid, id);
                }
            }
        });
        if (!whole && !is_gone(errno)) {
            result_.complete = false;
        }
    }

    // In another IPC namespace, the number stands for another object.
    [[nodiscard]] bool shares_ipc(int proc, const std::string& directory) const {
        struct stat status {};
        return fstatat(proc, (directory + "/ns/ipc").c_str(), &status, 0) == 0 &&
               status.st_ino == ipc_namespace_;
    }

    void note(const ObjectId& id, int pid, bool ObjectUser::*how) {
        const auto found = result_.users.find(id);
        if (found != result_.users.end()) {
            note(found->second, pid, how);
        }
    }

    static void note(std::vector<ObjectUser>& users, int pid, bool ObjectUser::*how) {
        if (users.empty() || users.back().pid != pid) {
            users.push_back({pid});
        }
        users.back().*how = true;
    }

    [[nodiscard]] bool may_be_unlinked(const ObjectId& id) const {
        return with_unlinked_ != 0 && id.device == with_unlinked_ && !result_.users.contains(id);
    }

    // The kernel shows the file of a mapping only to CAP_CHECKPOINT_RESTORE. Without that, the size
    // is at least what is mapped.
    void note_mapping(int proc, const std::string& process, int pid, const ObjectId& id,
                      std::string_view line) {
        const auto [entry, is_new] = result_.unlinked.try_emplace(id);
        Unlinked& file = entry->second;
        if (is_new) {
            file.path = line.substr(line.find('/'));
            file.path.erase(file.path.size() - deleted.size());
        }
        const std::string range{line.substr(0, line.find(' '))};
        if (file.status.st_ino == 0 &&
            fstatat(proc, (process + "/map_files/" + range).c_str(), &file.status, 0) != 0) {
            std::uint64_t begin = 0;
            std::uint64_t end = 0;
            const char* const dash = parse(range.data(), range.data() + range.size(), begin, 16);
            parse(dash + 1, range.data() + range.size(), end, 16);
            const off_t seen = file.status.st_size;
            fstatat(proc, process.c_str(), &file.status, 0);
            file.status.st_mode = S_IFREG;
            file.status.st_ino = 0; // a descriptor may still show the file
            file.status.st_size = std::max(is_new ? 0 : seen, static_cast<off_t>(end - begin));
        }
        note(file.users, pid, &ObjectUser::maps);
    }

    void note_descriptor(int directory, const std::string& descriptor, int pid,
                         const ObjectId& id) {
        Unlinked& file = result_.unlinked[id];
        if (file.status.st_ino == 0) {
            fstatat(directory, descriptor.c_str(), &file.status, 0);
            std::array<char, PATH_MAX> target;
            const auto length =
                readlinkat(directory, descriptor.c_str(), target.data(), target.size());
            file.path.assign(target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
            if (file.path.ends_with(deleted)) {
                file.path.erase(file.path.size() - deleted.size());
            }
        }
        note(file.users, pid, &ObjectUser::has_open);
    }

    static constexpr std::string_view deleted = " (deleted)";

    Sightings result_;
    dev_t with_unlinked_;
    ino_t ipc_namespace_ = 0;
};

} // namespace

Sightings look_for(const std::vector<ObjectId>& objects, dev_t with_unlinked) {
    return Scan{objects, with_unlinked}.everywhere();
}

} // namespace crex::detail
