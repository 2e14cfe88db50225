// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "crash/kill/harness/command_process.hpp"
#include "crash/kill/harness/contents.hpp"
#include "scenario.hpp"

namespace crash {

/// Time limits for one call and for all actions of a survivor; and the number of hangs after which
/// a test stops.
struct WaitOptions {
    milliseconds call{5000};
    milliseconds all{20000};
    std::size_t hangs = 3;
};

/// The first action of a survivor: whichever comes first must recover from the death. Actions that
/// every queue has come first; the last one may take long.
enum class First { sends, receives, comes_anew, looks, lends, leases, sends_many, stays_alone };
inline constexpr int firsts = 8;
inline constexpr int quick_firsts = 7;
inline constexpr int firsts_of_others = 2;

/// A process that had the queue open all the time and goes on after another process was killed.
class Survivor {
public:
    Survivor(const Subject& subject, const Shape& shape, WaitOptions patience)
        : subject_{subject}, shape_{shape}, patience_{patience} {}

    /// Creates the queue and uses it.
    void create(const std::string& name, std::size_t message_size);

    /// Opens the queue, or creates it when there is none. True if it existed.
    bool open_or_create(const std::string& name);

    /// Does `first`. Then checks that the contents are among `possible`, that the whole capacity
    /// can be used, and that everything is in order. Throws Complaint.
    void go_on(First first, const Outcomes& possible, bool may_shut_down, bool may_unlink);

    [[nodiscard]] int slowest_ms() const { return static_cast<int>(slowest_ / milliseconds{1}); }

private:
    void begin(First first);
    void see_that_poll_sees_it();
    void send(Queue& queue, const Item& item);
    bool receive(Queue& queue, milliseconds timeout);
    void look();
    void lend();
    void lease();
    void send_many();
    void come_anew(bool may_unlink);
    void drain();
    void fill_and_drain(bool several_priorities);
    void see_that_all_is_in_order();
    void see_that_it_is_shut_down();
    Queue& other() { return newcomer_ ? *newcomer_ : *queue_; }
    template <class Body> auto timed(Body&& body);

    const Subject& subject_;
    Shape shape_;
    WaitOptions patience_;
    std::string name_;
    std::unique_ptr<Queue> queue_;
    std::unique_ptr<Queue> newcomer_;
    Expectation expected_{{}};
    std::chrono::steady_clock::duration slowest_{};
    bool alone_ = false;
};

} // namespace crash
