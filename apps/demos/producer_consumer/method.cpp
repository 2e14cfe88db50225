// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/method.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace demo {
namespace {

constexpr std::array names{"semaphores", "queue", "ring", "sysv"};

} // namespace

std::optional<std::string> Method::why_not_kill() const {
    switch (kind) {
    case Kind::semaphores:
    case Kind::sysv:
        return "nobody gives back what a process had acquired of a semaphore, so one that is "
               "killed "
               "between acquiring and releasing stops all the others";
    case Kind::queue:
        if (backend == crex::Backend::boost) {
            return "a process that is killed inside Boost's critical section leaves the queue "
                   "broken";
        }
        return std::nullopt;
    case Kind::ring:
        break;
    }
    return std::nullopt;
}

std::optional<Kind> kind_from(const std::string& name) {
    const auto* const found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<Kind>(found - names.begin());
}

std::ostream& operator<<(std::ostream& out, const Method& method) {
    out << names[static_cast<std::size_t>(method.kind)];
    if (method.kind == Kind::queue) {
        out << " (" << to_string(method.backend) << ')';
    }
    return out;
}

} // namespace demo
