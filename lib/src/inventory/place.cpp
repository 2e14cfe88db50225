// SPDX-License-Identifier: BSL-1.0
#include "inventory/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "inventory/families.hpp"

namespace crex::detail {

bool Place::holds(const ObjectId& id) const {
    struct stat status {};
    return fstatat(directory.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           id_of(status) == id;
}

std::string Place::path() const { return std::string{shared_memory_directory} + "/" + file; }

Place place_of(const Object& object) {
    if (object.kind == ObjectKind::kernel_queue) {
        return {folder_of_kernel_queues(), object.name.substr(1)};
    }
    return {UniqueFd{::open(shared_memory_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)},
            file_of(object)};
}

} // namespace crex::detail
