// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "crash/kill/harness/command_process.hpp"
#include "subject.hpp"
#include "survivor.hpp"

namespace crash {

/// A queue with two processes besides the victims: a survivor that uses the queue, and a waiter.
class Bystanders {
public:
    static constexpr std::size_t capacity = 4;

    /// The commands for both processes. Messages are identified by a number.
    enum Verb { send, receive, count };

    Bystanders(const Subject& of, WaitOptions patience);
    ~Bystanders() { subject.unlink(name); }
    Bystanders(const Bystanders&) = delete;
    Bystanders& operator=(const Bystanders&) = delete;

    /// Returns once the waiter sleeps; does nothing if it already waits.
    void let_wait(const Command& what);

    /// Both return the message's name, or the count. They throw Complaint on a fault and on a hang.
    std::string survivor_must(const Command& what);
    std::string waiter_must_answer();

    [[nodiscard]] bool waiter_has_answered(milliseconds within) {
        return waiting_.has_answered(within);
    }

    /// Waits for the waiter to get on. Returns false when a dead process did the work in its place.
    /// `signs` returns how long to wait before signs of that are believed, or nothing when there
    /// are none.
    using Signs = std::function<std::optional<milliseconds>()>;
    bool waiter_gets_on(const Signs& signs);

    /// Returns once the process sleeps. These processes sleep only in the queue.
    static void wait_until_asleep(pid_t pid);

    [[nodiscard]] int slowest_ms() const { return slowest_ms_; }

    const Subject& subject;
    const std::string name;

private:
    [[nodiscard]] CommandProcess::Handler worker() const;

    WaitOptions patience_;
    CommandProcess survivor_;
    CommandProcess waiting_;
    bool is_waiting_ = false;
    int slowest_ms_ = 0; // the slowest wait of the waiter
};

std::string name_of_message(std::size_t number);

/// Throws Complaint.
void expect_name(const std::string& got, const std::string& wanted);

} // namespace crash
