// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

// The lock that keeps an object from being removed as unused while it is being opened.
//
// The opener shares the lock on a byte of the file, from before it checks whether the file still
// has a name until another lock shows it as a user: its liveness lock, or the presence byte where
// it has no entry. The remover of an unused object holds that byte exclusively, from before it
// checks for any other lock until the name is gone. So one of the two comes first, and the second
// sees it: the opener that there is no name any more, the remover that there is a user. `gc`
// removes in this way, so does the last user of an object that goes with it, and so does an opener
// that finds such an object without a user.
//
// A call that removes a name even if the object is used shares the byte, too: so a remover can rely
// on the name being still that of the file it checked. The kernel drops the lock of a process that
// dies.

namespace crex::detail::robust {

// The lock of the opener or of the remover, until the end of the scope. It is unlocked, and not
// just left to close(2): a child that another thread has forked may have the description, too.
class Lifecycle {
public:
    // For calls that have no timeout.
    static Deadline after_a_while() { return Deadline{std::chrono::seconds{10}}; }

    // Waits until no process is removing the object. That takes microseconds, unless a remover is
    // stopped: then throws BusyError at the deadline.
    static Lifecycle opening(const Call& call, int fd, const Deadline& deadline = after_a_while());

    // Nothing when the object is still being opened, or removed by another, at the deadline; or
    // when there are no locks.
    static std::optional<Lifecycle> removing(int fd, const Deadline& deadline);

    Lifecycle(Lifecycle&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Lifecycle& operator=(Lifecycle&&) = delete;
    ~Lifecycle();

    // Keeps the lock beyond the scope, until end_opening().
    void go_on() noexcept { fd_ = -1; }

private:
    explicit Lifecycle(int fd) : fd_{fd} {}

    int fd_;
};

void end_opening(int fd) noexcept;

// Whether any other description shows a user of the object: all locks count, except on
// lifecycle_byte.
bool is_used(int fd);

// Proof that a file's object has no other user, so that its name may be removed.
class Alone {
public:
    // `fd` is a description of the file that has no lock. Waits until the deadline for openers and
    // removers to finish.
    Alone(int fd, std::string path, const Deadline& deadline);

    enum class State { yes, in_use, gone }; // gone: the name is not that file's any more
    [[nodiscard]] State state() const { return state_; }

    // Returns 0 or an errno value. Requires State::yes.
    [[nodiscard]] int unlink() const;

private:
    [[nodiscard]] bool is_named(int fd) const;

    std::string path_;
    std::optional<Lifecycle> door_;
    State state_;
};

// Removes the name if there is no user. Returns 0, also when there is nothing to do, or an errno
// value.
int remove_if_unused(int fd, const std::string& path,
                     const Deadline& deadline = Lifecycle::after_a_while());

// Removes the file's name, also when it is used, but not while a remover of unused objects is at
// it. Throws BusyError at the deadline, and what unlink(2) fails with.
void unlink_in_turn(const Call& call, const std::string& path,
                    const Deadline& deadline = Lifecycle::after_a_while());

} // namespace crex::detail::robust
