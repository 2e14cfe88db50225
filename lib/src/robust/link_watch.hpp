// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/errors.hpp"
#include "platform/deadline.hpp"
#include "platform/file.hpp"
#include "robust/segment.hpp"

// Detecting that an object's name has been removed, or is another object's by now: for handles
// whose waits must end then.

namespace crex::detail::robust {

class LinkWatch {
public:
    // Without `is_wanted` nothing is ever noticed.
    LinkWatch(const Segment& segment, const Kind& kind, std::string_view name, bool is_wanted)
        : id_{segment.id()}, path_{is_wanted ? Segment::path(kind, name) : std::string{}} {}

    [[nodiscard]] bool is_wanted() const noexcept { return !path_.empty(); }

    // For the monitor, as a reason to wake a thread up. Checks twice a second.
    [[nodiscard]] bool sees_name_gone() noexcept {
        constexpr std::chrono::nanoseconds period = std::chrono::milliseconds{500};
        if (!is_wanted()) {
            return false;
        }
        const std::int64_t now = Deadline::Clock::now().time_since_epoch().count();
        std::int64_t last = last_.load(std::memory_order_relaxed);
        if (now - last >= period.count() && last_.compare_exchange_strong(last, now)) {
            is_gone_ = !is_at(path_, id_);
        }
        return is_gone_;
    }

    // For a thread that is about to sleep.
    void check(const Call& call) const {
        if (is_wanted() && !is_at(path_, id_)) [[unlikely]] {
            throw_errno(call, ENOENT, "its name has been removed, or is another object's by now");
        }
    }

private:
    ObjectId id_;
    std::string path_; // empty when it is not wanted
    std::atomic<std::int64_t> last_{0};
    std::atomic<bool> is_gone_{false}; // at the last check
};

} // namespace crex::detail::robust
