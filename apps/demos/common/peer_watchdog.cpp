// SPDX-License-Identifier: BSL-1.0
#include "common/peer_watchdog.hpp"

#include <string>
#include <vector>

#include <unistd.h>

#include "common/errors.hpp"
#include "common/signals.hpp"
#include "common/waiting.hpp"

namespace demo {

using namespace std::chrono_literals;

namespace {

constexpr auto between_looks = 200ms;

} // namespace

PeerWatchdog::PeerWatchdog(Role me, std::optional<crex::ObjectId> object, Seconds patience)
    : me_{me}, object_{object}, patience_{std::chrono::ceil<Clock::duration>(patience)},
      met_{me == Role::conclusion} {
    if (met_) {
        look_around();
    }
}

// Whether to give up is decided before the look, and the look counts: the peer may have answered,
// and left, just now.
void PeerWatchdog::await(const std::function<Seen()>& look) {
    since_ = last_look_ = Clock::now();
    for (const Nap nap;; nap.take()) {
        throw_if_interrupted();
        const bool last_chance = gives_up();
        const Seen seen = look();
        if (seen == Seen::answer) {
            return;
        }
        if (seen == Seen::own && expects_a_stranger()) {
            since_ = Clock::now();
        } else if (last_chance) {
            throw Vanished{std::string{name_of(other_than(me_))} + " has vanished"};
        }
    }
}

bool PeerWatchdog::gives_up() {
    const auto now = Clock::now();
    if (now - since_ >= patience_) {
        return true;
    }
    if (!met_ || now - last_look_ < between_looks) {
        return false;
    }
    const bool gone = look_around();
    last_look_ = Clock::now(); // looking takes a while itself
    return gone;
}

// No user in sight means something only if all users are in sight, or if another user was seen
// before.
bool PeerWatchdog::look_around() {
    if (!object_) {
        return false;
    }
    auto users = crex::users_of(*object_);
    std::erase(users.pids, getpid());
    seen_ = seen_ || !users.pids.empty();
    return users.pids.empty() && (seen_ || users.complete);
}

} // namespace demo
