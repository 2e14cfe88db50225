// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

#include "support/process.hpp"

namespace test {

/// Gives this process a /dev/shm and an IPC namespace of its own, so that all listed objects are
/// the test's. Lets every process be looked into, as on a machine of one's own. False where that is
/// not permitted; the reason has then been printed.
bool enter_stage();

/// A process that does something with an object and then keeps it until it is killed.
class Holder {
public:
    /// Returns once `arrange` has returned and the process is asleep. The process keeps the result
    /// of `arrange`.
    template <class Arrange>
    explicit Holder(Arrange arrange)
        : Holder{std::function<void()>{[arrange] { rest_with(arrange()); }}, 0} {}

    void stop();
    void kill() { process_.kill(); }
    [[nodiscard]] int pid() const { return process_.pid(); }

    /// Reports that all is arranged, and sleeps.
    template <class Kept> [[noreturn]] static void rest_with(Kept&&) { rest(); }
    [[noreturn]] static void rest();

private:
    Holder(const std::function<void()>& body, int);

    Process process_;
};

/// The object in an inventory taken now; none when it is not listed.
std::optional<crex::Object> found(crex::ObjectKind kind, const std::string& name);

/// The object's state, as `body` finds it in a process of its own.
crex::ObjectState state_seen_by(const std::function<crex::ObjectState()>& body);

/// Makes this process run as the user nobody from now on.
void become_nobody();

} // namespace test
