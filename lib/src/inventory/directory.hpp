// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <crex/inventory.hpp>

struct stat;

namespace crex::detail {

// A directory that is open, to be read once.
class Directory {
public:
    explicit Directory(const char* path) : dir_{opendir(path)} {}

    // One in another directory.
    Directory(int parent, const char* name)
        : Directory{::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {}

    // One that is open, and becomes this one's.
    explicit Directory(int fd) : dir_{fd < 0 ? nullptr : fdopendir(fd)} {
        if (dir_ == nullptr && fd >= 0) {
            ::close(fd);
        }
    }
    ~Directory() {
        if (dir_ != nullptr) {
            closedir(dir_);
        }
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    explicit operator bool() const { return dir_ != nullptr; }
    [[nodiscard]] int fd() const { return dirfd(dir_); }

    // Every name but "." and "..". False, with errno set, when it ended early.
    template <class Body> [[nodiscard]] bool for_each(Body body) const {
        errno = 0;
        // This stream is one thread's. NOLINTNEXTLINE(concurrency-mt-unsafe)
        while (const dirent* const entry = readdir(dir_)) {
            const std::string_view name{entry->d_name};
            if (name != "." && name != "..") {
                body(std::string{name});
            }
            errno = 0;
        }
        return errno == 0;
    }

private:
    DIR* dir_;
};

// What the file's status says of the object in it.
void describe(Object& object, const struct stat& status);

// When the file was made, where that is known.
std::optional<std::chrono::system_clock::time_point> birth_of(int directory, const char* file);

} // namespace crex::detail
