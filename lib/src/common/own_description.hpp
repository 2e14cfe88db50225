// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>

#include "common/named_file.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"

namespace crex::detail {

// Opens the file behind `fd` for reading and writing, into `place`, which somebody watches for
// forks: so there is no child that has the description and does nothing about it. -1 and errno when
// that fails.
inline void reopen_watched(int fd, UniqueFd& place) {
    const ForkBlocker held_off;
    place = reopened(fd);
}

// A file whose locks are this process's alone: a forked child gets a description of its own, under
// the same number, and so none of the locks.
class OwnDescription {
public:
    // Of the file behind `fd`.
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
