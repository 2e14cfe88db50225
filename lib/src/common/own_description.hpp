// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>

#include "common/named_file.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"

namespace crex::detail {

// Opens the file behind `fd` for reading and writing, into `place`, whose at-fork handler must be
// registered already: so no child keeps the description unnoticed. -1 and errno when that fails.
inline void reopen_watched(int fd, UniqueFd& place) {
    const ForkBlocker held_off;
    place = reopened(fd);
}

// A file whose locks belong to this process alone. A forked child gets its own description under
// the same number, and so none of the locks.
class OwnDescription {
public:
    // Opens the file behind `fd` once more.
    OwnDescription(const Call& call, const UniqueFd& fd) {
        reopen_watched(fd.get(), file_);
        if (file_.get() < 0) {
            throw_no_lock(call, errno);
        }
    }
    [[nodiscard]] int fd() const noexcept { return file_.get(); }

    void in_forked_child() noexcept {
        if (fd() >= 0 && !reopen_as(fd())) {
            close_number(fd());
        }
    }

private:
    UniqueFd file_;
    AtForkChild watch_{*this};
};

} // namespace crex::detail
