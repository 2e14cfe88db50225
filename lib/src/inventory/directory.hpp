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

// An open directory, to be read once.
class Directory {
public:
    explicit Directory(const char* path) : dir_{opendir(path)} {}

    // A directory in another one.
    Directory(int parent, const char* name)
        : Directory{::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {}

    // Takes over the descriptor of an open directory.
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

    // Calls `body` for every name but "." and "..". False, with errno set, when reading ended
    // early.
    template <class Body> [[nodiscard]] bool for_each(Body body) const {
        errno = 0;
        // Only one thread uses this stream. NOLINTNEXTLINE(concurrency-mt-unsafe)
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

// Adds what the file's status says of the object in it.
void describe(Object& object, const struct stat& status);

// When the file was made, if that is known.
std::optional<std::chrono::system_clock::time_point> birth_of(int directory, const char* file);

} // namespace crex::detail
