// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/errors.hpp"
#include "platform/deadline.hpp"

// What keeps an object that is just being opened from being removed for having no users.
//
// The opener shares the lock on a byte of the file, from before it looks whether the file still has
// a name until another lock of its own tells that it is there: its liveness lock, or the presence
// byte where it has no entry. The remover of an unused object holds that byte alone, from before it
// looks for any other lock until the name is gone. So one of the two comes first, and the other one
// sees it: the opener that there is no name any more, the remover that there is a user. `gc`
// removes in this way, so does the last user of an object that goes with it, and so does an opener
// that finds such an object without a user.
//
// Who just removes a name, whoever uses it, shares the byte, too: the remover then relies on the
// name being still that of the file it looked at. The kernel lets go for whoever dies in between.

namespace crex::detail::robust {

// One of the two, until the end of the scope. It is ended explicitly, and not just by closing the
// file, since another thread may have forked meanwhile and its child have the description, too.
class Lifecycle {
public:
    // For calls that are not told how long they may wait.
    static Deadline after_a_while() { return Deadline{std::chrono::seconds{10}}; }

    // Waits until nobody is removing the object; that takes microseconds, unless somebody is
    // stopped at it: BusyError then, at the deadline.
    static Lifecycle opening(const Call& call, int fd, const Deadline& deadline = after_a_while());

    // Nothing when it is being opened, or removed by another, until then.
    static std::optional<Lifecycle> removing(int fd, const Deadline& deadline);

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

// Whether any other description shows a user of the object: all locks but the opener's count.
bool is_used(int fd);

// Being the only one who has the object behind a file, and so free to remove its name.
class Alone {
public:
    // On `fd`, a description of the file that has no lock. Waits until then for openers and
    // removers to come to an end.
    Alone(int fd, std::string path, const Deadline& deadline);

    enum class State { yes, in_use, gone }; // gone: the name is not that file's any more
    [[nodiscard]] State state() const { return state_; }

    // 0 or an errno value. Only when alone.
    [[nodiscard]] int unlink() const;

private:
    [[nodiscard]] bool is_named(int fd) const;

    std::string path_;
    std::optional<Lifecycle> door_;
    State state_;
};

// Removes the name if there is no user: 0 also when there is nothing to do, else an errno value.
int remove_if_unused(int fd, const std::string& path,
                     const Deadline& deadline = Lifecycle::after_a_while());

// Removes the file's name while no process opens it. Throws what unlink(2) fails with.
void unlink_in_turn(const Call& call, const std::string& path,
                    const Deadline& deadline = Lifecycle::after_a_while());

} // namespace crex::detail::robust
