// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include <crex/inventory.hpp>

#include "conversation/role.hpp"

namespace demo {

// What a look at the channel has shown.
enum class Seen {
    nothing, // no text, or no way to get at it
    own,     // what I said last: the other has not answered
    answer,
};

// Decides how long to wait for the other one's next text, so that a conversation ends also when
// she has been killed.
//
// Before Premise has heard anything she waits without limit: Conclusion is started by hand, in
// another window. But once somebody has taken her text away, or the semaphore, that somebody has
// to answer. From the first answer on, the other has vanished when there is no new text for as
// long as `patience` allows, or sooner: when those who used the object are gone.
class PeerWatchdog {
public:
    using Seconds = std::chrono::duration<double>;

    // For the one who is `me`. `object` is what both use, if it can be known.
    PeerWatchdog(Role me, std::optional<crex::ObjectId> object, Seconds patience);

    // Looks until there is an answer, with pauses that grow. `look` may wait a tenth of a second
    // or so. Throws Vanished, Interrupted and what `look` throws.
    void await(const std::function<Seen()>& look);

    // To be called for every answer, whether awaited or there at once.
    void heard() {
        met_ = true;
        if (++heard_ == acquainted) {
            look_around();
        }
    }

    // True until the first answer, for Premise.
    [[nodiscard]] bool expects_a_stranger() const { return !met_; }

private:
    using Clock = std::chrono::steady_clock;

    // To recognise that the other is gone one must have seen her: at the latest, after so many
    // texts. Looking takes milliseconds, which a short conversation had better be without.
    static constexpr int acquainted = 1024;

    bool gives_up();
    bool look_around(); // true when the others are gone

    Role me_;
    std::optional<crex::ObjectId> object_;
    Clock::duration patience_;
    bool met_;          // Conclusion has met Premise when she finds her memory
    bool seen_ = false; // others were found using the object
    int heard_ = 0;
    Clock::time_point since_;
    Clock::time_point last_look_;
};

} // namespace demo
