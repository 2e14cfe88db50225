// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "crash/kill/harness/servant.hpp"
#include "subject.hpp"
#include "survivor.hpp"

namespace crash {

/// A queue, one process that goes on using it, and one that waits in it, beside those killed.
class Scene {
public:
    static constexpr std::size_t capacity = 4;

    /// What the two can be told. Messages are known by a number.
    enum Verb { send, receive, count };

    Scene(const Subject& of, WaitOptions patience);
    ~Scene() { subject.unlink(name); }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    /// Returns when it sleeps, unless it is waiting already.
    void let_wait(const Order& what);

    /// Both answer the message's name, or the count; and throw Complaint, also where it hangs.
    std::string survivor_must(const Order& what);
    std::string waiting_one_must_answer();

    [[nodiscard]] bool waiting_one_has_answered(milliseconds within) {
        return waiting_.has_answered(within);
    }

    /// Waits for it to get on; false when a dead one did so in its place. `signs` of that say how
    /// long to wait before they are believed; without any, nothing.
    using Signs = std::function<std::optional<milliseconds>()>;
    bool waiting_one_gets_on(const Signs& signs);

    /// Until it sleeps, which none of these does anywhere but in the queue.
    static void wait_until_asleep(pid_t pid);

    [[nodiscard]] int slowest_ms() const { return slowest_ms_; }

    const Subject& subject;
    const std::string name;

private:
    [[nodiscard]] Servant::Serve worker() const;

    WaitOptions patience_;
    Servant survivor_;
    Servant waiting_;
    bool is_waiting_ = false;
    int slowest_ms_ = 0; // that the waiting one needed to get on
};

std::string name_of_message(std::size_t number);

/// Throws Complaint.
void expect_name(const std::string& got, const std::string& wanted);

} // namespace crash
