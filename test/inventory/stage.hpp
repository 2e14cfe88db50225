// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

#include "support/process.hpp"

namespace test {

/// Gives this process a /dev/shm and an IPC namespace of its own, so that whatever is listed is the
/// test's, and lets every process be looked into, as on a machine of one's own. False, having said
/// so, where that is not permitted.
bool enter_stage();

/// A process that does something with an object and then keeps what it has until it is killed.
class Holder {
public:
    /// Returns when `arrange` has, in a process that is then asleep. What `arrange` answers is kept
    /// by that process.
    template <class Arrange>
    explicit Holder(Arrange arrange)
        : Holder{std::function<void()>{[arrange] { rest_with(arrange()); }}, 0} {}

    void stop();
    void kill() { process_.kill(); }
    [[nodiscard]] int pid() const { return process_.pid(); }

    /// Tells that all is arranged, and sleeps.
    template <class Kept> [[noreturn]] static void rest_with(Kept&&) { rest(); }
    [[noreturn]] static void rest();

private:
    Holder(const std::function<void()>& body, int);

    Process process_;
};

/// The object as an inventory taken now has it; none when it does not.
std::optional<crex::Object> found(crex::ObjectKind kind, const std::string& name);

/// Its state, as `body` finds it in a process of its own.
crex::ObjectState state_seen_by(const std::function<crex::ObjectState()>& body);

/// This process, from now on, as a user who is nobody.
void become_nobody();

} // namespace test
