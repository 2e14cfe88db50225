// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/permissions.hpp>

#include "common/errors.hpp"
#include "platform/file.hpp"

// The file behind a named object, for the calls that open or create it.

namespace crex::detail {

// The file at `path`, if there is one. Throws CorruptError with `problem` unless it is a regular
// file of at least `min_size` bytes. Otherwise opening a FIFO would wait for its other end, and
// touching an empty file would raise SIGBUS.
std::optional<ObjectId> find_file(const Call& call, const std::string& path, std::size_t min_size,
                                  const char* problem);

// Boost's permissions, whose constructor takes an int in some versions and an unsigned in others.
inline boost::interprocess::permissions permissions_of(unsigned mode) {
    boost::interprocess::permissions permissions;
    using Mode = decltype(permissions.get_permissions());
    permissions.set_permissions(static_cast<Mode>(mode));
    return permissions;
}

// A descriptor in the form that Boost's mapped_region requires.
struct Mappable {
    int fd;

    [[nodiscard]] boost::interprocess::mapping_handle_t get_mapping_handle() const {
        return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd);
    }
};

// Give a finished object its owner, its mode and its real name. False when the name is taken. `fd`
// is that of a LinkableTmpfile.
bool publish(const Call& call, int fd, const std::string& name, const Access& access);
bool publish(const Call& call, const ProvisionalSemaphore& semaphore, const std::string& name,
             const Access& access);

// Throws why no file can be made in /dev/shm. For a limit, the text says what raises it.
[[noreturn]] void throw_not_made(const Call& call, int error);

// Throws why a file cannot be opened once more through /proc, or why a byte of it cannot be locked.
[[noreturn]] void throw_no_lock(const Call& call, int error);

// A new file of `size` bytes that has no name yet. Nothing when `name` is already taken: then no
// memory is reserved, and no lack of memory is reported.
std::optional<LinkableTmpfile> nameless_file(const Call& call, const std::string& name,
                                             std::size_t size, bool reserve);

// Throws `error` for the object whose file is at `path`. If the permissions of the file or of its
// directory are the reason, the text names its owner and mode.
[[noreturn]] void throw_file_errno(const Call& call, int error, const std::string& path);

// Runs `open`, which makes Boost open the name of the file at `path`. False when the name has gone
// since find_file().
template <class Open> bool still_there(const Call& call, const std::string& path, Open open) {
    try {
        open();
        return true;
    } catch (const boost::interprocess::interprocess_exception& error) {
        if (error.get_error_code() == boost::interprocess::not_found_error) {
            return false;
        }
        if (error.get_native_error() != 0) {
            throw_file_errno(call, error.get_native_error(), path);
        }
        throw_boost(call, error);
    }
}

// Makes the file of a new or existing object `size` bytes long, and reserves them if `reserve` is
// true.
void resize_file(const Call& call, int fd, std::size_t size, bool reserve);

} // namespace crex::detail
