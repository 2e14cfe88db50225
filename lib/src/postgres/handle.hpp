// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

#include <crex/object_id.hpp>

#include "postgres/session.hpp"

namespace crex::detail::postgres {

// What a handle is at the server now.
struct Place {
    std::int64_t handle;
    std::uint64_t session;
};

// A participant: a handle of this process on an object at the server. When the connection was lost,
// it becomes one again in the next session.
class Handle {
public:
    // How to become a participant of the object again, and how to end it.
    struct Kind {
        std::function<Answer(Session&, std::int64_t object, std::uint64_t session)> attach;
        const Statement& close;
    };

    Handle(Session& session, Kind kind, std::int64_t object, Place place)
        : session_{session}, kind_{std::move(kind)}, object_{object}, place_{place} {}
    ~Handle();
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    [[nodiscard]] Session& session() const { return session_; }
    [[nodiscard]] std::int64_t object() const { return object_; }
    [[nodiscard]] std::int64_t number() const {
        const std::lock_guard lock{mutex_};
        return place_.handle;
    }
    [[nodiscard]] ObjectId id() const {
        return {session_.database(), static_cast<std::uint64_t>(object_)};
    }

    // Makes it a participant in that session, if it is none. False when that session has ended.
    // Throws ExistentialError when the object has been removed.
    bool attach(const Call& call, std::uint64_t session, Place& place);

    // Whether to look for what the dead left, which no handle need do all the time.
    [[nodiscard]] bool is_time_to_look();

    // The calls under way, and closing the handle while they wait.
    void enter() { ++calls_; }
    void leave() { --calls_; }
    [[nodiscard]] bool is_closing() const { return is_closing_; }
    void interrupt_waits() noexcept;

private:
    Session& session_;
    Kind kind_;
    std::int64_t object_;
    mutable std::mutex mutex_;
    Place place_;
    std::atomic<std::int64_t> last_look_{0};
    std::atomic<int> calls_{0};
    std::atomic<bool> is_closing_{false};
};

} // namespace crex::detail::postgres
