// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "subjects/errno.hpp"
#include "subjects/subject.hpp"

namespace bench {

// flock(2): one permit, which comes back when its holder dies. Only the holder can give it back.
class FileLock : public Properties {
public:
    static void create(const std::string& object, unsigned permits) {
        if (permits != 1) {
            throw Refused{"it has one permit"};
        }
        close(check(open(path(object).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600), "open"));
    }

    static void remove(const std::string& object) noexcept { unlink(path(object).c_str()); }

    explicit FileLock(const std::string& object)
        : fd_{check(open(path(object).c_str(), O_RDWR | O_CLOEXEC), "open")} {}
    ~FileLock() { close(fd_); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    void acquire() { check(flock(fd_, LOCK_EX), "flock"); }
    void release() { check(flock(fd_, LOCK_UN), "flock"); }

private:
    static std::string path(const std::string& object) { return "/dev/shm" + object + ".lock"; }

    int fd_;
};

} // namespace bench
