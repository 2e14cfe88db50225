// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include "platform/file.hpp"
#include "platform/fork.hpp"

namespace crex::detail {

// A file whose locks are this process's alone: a forked child gets a description of its own, under
// the same number, and so none of the locks.
class OwnDescription final : private ForkAware {
public:
    explicit OwnDescription(UniqueFd fd) : fd_{std::move(fd)} {}
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

private:
    void in_forked_child() noexcept override { (void)reopen_as(fd_.get()); }

    UniqueFd fd_;
};

} // namespace crex::detail
