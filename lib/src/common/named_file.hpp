// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/permissions.hpp>

#include "common/errors.hpp"
#include "platform/file.hpp"

// The file behind a named object, seen from the call that opens or makes it.

namespace crex::detail {

// The file at `path`, if there is one. Throws CorruptError, with `problem`, when what is there is
// no regular file of at least `min_size` bytes: the layers below would wait for the other end of a
// FIFO, or die of SIGBUS at the first touch of an empty file.
std::optional<ObjectId> find_file(const Call& call, const std::string& path, std::size_t min_size,
                                  const char* problem);

// Boost's permissions, whose constructor takes an int in some versions and an unsigned in others.
inline boost::interprocess::permissions permissions_of(unsigned mode) {
    boost::interprocess::permissions permissions;
    using Mode = decltype(permissions.get_permissions());
    permissions.set_permissions(static_cast<Mode>(mode));
    return permissions;
}

// What Boost's mapped_region wants to know of a descriptor.
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

// When no file can be made in /dev/shm: says which limit that is, and what raises it.
[[noreturn]] void throw_not_made(const Call& call, int error);

// When a file cannot be opened once more through /proc, or a byte of it not be locked.
[[noreturn]] void throw_no_lock(const Call& call, int error);

// A new file for memory, without a name, `size` bytes long. Nothing when the name it shall get is
// taken already, since then there is no use in reserving memory, or in complaining that there is
// none.
std::optional<LinkableTmpfile> nameless_file(const Call& call, const std::string& name,
                                             std::size_t size, bool reserve);

// Throws what `error` means for the object whose file is at `path`. Where the file's permissions
// are the reason, or its directory's, that says whose it is and its mode.
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

// Makes the file of a new or present object `size` bytes long, reserving them if asked to.
void resize_file(const Call& call, int fd, std::size_t size, bool reserve);

} // namespace crex::detail
