// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "errors.hpp"

// What keeps an object that is just being opened from being removed for having no users.
//
// Whoever opens one shares the lock on a byte of its file, from before it looks whether the file
// still has a name until its beacon is lit; or, where handles have no beacons (a ring), as long as
// it is open. So does a forked child until it takes a seat of its own. Whoever removes it because
// nobody uses it holds that byte alone, from before it looks at the beacons until the name is gone.
// So one of the two comes first, and the other one sees it: the opener that there is no name any
// more, the remover that there is somebody.
//
// Who just removes a name, whoever uses it, shares the byte, too: the remover then relies on the
// name being still that of the file it looked at. The kernel lets go for whoever dies in between.

namespace crex::detail::robust {

// One of the two, until the end of the scope. It is ended explicitly, and not just by closing the
// file, since another thread may have forked meanwhile and its child have the description, too.
class Lifecycle {
public:
    // Waits until nobody is removing the object; that takes microseconds, unless somebody is
    // stopped at it: BusyError then, after a while.
    static Lifecycle opening(const Call& call, int fd);

    // Nothing when somebody is opening it.
    static std::optional<Lifecycle> removing(int fd);

    Lifecycle(Lifecycle&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Lifecycle& operator=(Lifecycle&&) = delete;
    ~Lifecycle();

    // It goes on; end_opening() is somebody else's.
    void go_on() noexcept { fd_ = -1; }

private:
    explicit Lifecycle(int fd) : fd_{fd} {}

    int fd_;
};

void end_opening(int fd) noexcept;

// Removes the file's name while nobody opens it. Throws what unlink(2) fails with.
void unlink_in_turn(const Call& call, const std::string& path);

} // namespace crex::detail::robust
