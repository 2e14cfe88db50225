// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/deadline.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"
#include "platform/signals.hpp"
#include "postgres/notifications.hpp"
#include "postgres/parameters.hpp"
#include "postgres/pipeline.hpp"
#include "postgres/request.hpp"
#include "postgres/socket_watch.hpp"
#include "postgres/waiter.hpp"

namespace crex::detail::postgres {

// The connection of a process to a server, for all its handles. Each connection is a session of its
// own, with a number; what a handle has at the server belongs to one session.
//
// A call sends itself, and reads its answer. Of several threads in calls, one polls the socket and
// reads for all. While there is none, a thread that waits in sleep() polls, so that the server's
// notification wakes it directly; and while there is none of these either, the session's thread. It
// also connects again, and asks the server from time to time whether it is there.
class Session {
public:
    // Connects. Throws as the constructor of PostgresServer does.
    Session(const Call& call, Parameters parameters, std::chrono::milliseconds patience);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // The number of the session; 0 while there is no connection.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] std::uint64_t database() const { return database_; }
    [[nodiscard]] std::chrono::milliseconds patience() const { return patience_; }
    [[nodiscard]] std::string description() const { return parameters_.description(); }
    [[nodiscard]] std::string last_error() const;

    // Returns its number, or 0 when there is no connection until the deadline.
    [[nodiscard]] std::uint64_t wait_for_connection(const Deadline& deadline);

    // Throws in a forked child.
    void check_process(const Call& call) const;
    [[nodiscard]] bool is_inherited() const { return is_inherited_; }

    // Sends a call and waits for its answer. It ends when the server has not answered for two
    // thirds of `patience`.
    Answer perform(const Statement& statement, Arguments arguments, std::uint64_t session);

    // Sends a call whose answer does not matter.
    void post(const Statement& statement, Arguments arguments, std::uint64_t session);

    // While it exists, a waiter is woken for that handle and direction, and whenever a connection
    // is lost or made.
    class Registration {
    public:
        Registration(Session& session, Waiter& waiter) : session_{session}, waiter_{waiter} {}
        ~Registration() { set(std::nullopt); }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;

        using Key = std::pair<std::uint64_t, Direction>;
        void set(std::optional<Key> key);

    private:
        Session& session_;
        Waiter& waiter_;
        std::optional<Key> key_;
    };

    // Sleeps until the waiter is woken, for at most `time`; it may end earlier. False when one of
    // `signals`, if not null, ends the wait.
    [[nodiscard]] bool sleep(Waiter& waiter, std::chrono::nanoseconds time, WaitSignals* signals);

    // Wakes all that wait.
    void wake_waiters() noexcept;

    // Whether no other thread of this process waits for that.
    [[nodiscard]] bool waits_alone(const Registration::Key& key) const;

    // Leases and permits of this process. While there are any, the connection is checked.
    void count_held(int change);

    [[nodiscard]] Notifications& notifications() { return notifications_; }
    void on_loss(std::function<void()> function);

    // For calls that are repeated: the sender's number, and a lane and a sequence of it for one
    // call at a time.
    struct Place {
        std::int32_t lane;
        std::int64_t sequence;
    };
    [[nodiscard]] const Uuid& sender() const { return sender_; }
    [[nodiscard]] Place take_place();
    void give_back_place(std::int32_t lane);

private:
    friend class ::crex::detail::AtForkChild;
    void in_forked_child() noexcept;

    class Caller;

    // The thread's.
    void run();
    void connect();
    void connect_to(const Parameters& host);
    void attend();
    void disconnect(std::unique_lock<std::mutex> lock);
    void wait_to_reconnect(std::chrono::milliseconds time);
    [[nodiscard]] bool is_idle() noexcept;
    void wake_thread() noexcept;

    // How soon a silent server is noticed, after the time that it may be silent.
    [[nodiscard]] std::chrono::milliseconds between_looks() const { return patience_ / 30; }

    // With the mutex locked.
    [[nodiscard]] bool is_connected(std::uint64_t session) const;
    void send(const RequestPointer& call);
    void read();
    void take_notifications();
    void poll_socket(std::unique_lock<std::mutex>& lock);
    void end_poll() noexcept;
    void watch();
    void lose(const std::string& why);
    void beat();
    [[nodiscard]] bool is_silent() const;

    const Parameters parameters_;
    const std::chrono::milliseconds patience_;
    const Uuid sender_;
    std::atomic<std::uint64_t> number_{0};
    std::uint64_t database_ = 0;
    std::atomic<int> held_{0};
    std::atomic<bool> is_ending_{false};
    std::atomic<bool> is_inherited_{false};
    std::atomic<bool> is_idle_{false}; // the thread sleeps until it is woken: see is_idle()
    std::atomic<int> socket_{-1};
    UniqueFd wake_;     // of the thread
    UniqueFd end_;      // of its attempts to connect
    UniqueFd end_poll_; // of a call's poll_socket()

    mutable std::mutex mutex_;
    std::optional<Pipeline> pipeline_; // only the thread replaces it
    std::vector<Request*> callers_;    // of threads in perform()
    bool is_polled_ = false;           // by one of them
    std::condition_variable poll_has_ended_;
    const Waiter* sleeper_ = nullptr; // polls sleepers_watch_
    SocketWatch sleepers_watch_;
    SocketWatch threads_watch_;
    bool loss_matters_ = false;
    std::multimap<Registration::Key, Waiter*> waiters_;
    std::set<Waiter*> all_waiters_;
    std::function<void()> on_loss_;
    std::string last_error_;
    std::vector<std::int32_t> free_lanes_;
    std::int32_t lanes_ = 0;
    std::int64_t sequence_ = 0;
    Notifications notifications_;

    std::jthread thread_;
    AtForkChild watch_{*this}; // last
};

} // namespace crex::detail::postgres
