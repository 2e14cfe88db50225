// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include <crex/inventory.hpp>

#include "common/role.hpp"

namespace demo {

// What a look at the channel has shown.
enum class Seen {
    nothing, // no text, or no way to get at it
    own,     // the text that this process said last: no answer yet
    answer,
};

// Decides how long to wait for the peer's next text, so that a conversation ends also when the peer
// has been killed.
//
// Before Premise has heard anything, it waits without limit: Conclusion is started by hand, in
// another window. But once a process has taken Premise's text, or the semaphore, that process has
// to answer. From the first answer on, the peer has vanished when there is no new text for as long
// as `patience` allows, or sooner: when all other users of the object are gone.
class PeerWatchdog {
public:
    using Seconds = std::chrono::duration<double>;

    // For the process with the role `me`. `object` is what both processes use, if it can be known.
    PeerWatchdog(Role me, std::optional<crex::ObjectId> object, Seconds patience);

    // Looks until there is an answer, with pauses that grow. `look` may wait about 0.1 s. Throws
    // Vanished, Interrupted and what `look` throws.
    void await(const std::function<Seen()>& look);

    // To be called for every answer, whether it was awaited or there at once.
    void heard() {
        met_ = true;
        if (++heard_ == acquainted) {
            look_around();
        }
    }

    // True for Premise until the first answer.
    [[nodiscard]] bool expects_a_stranger() const { return !met_; }

private:
    using Clock = std::chrono::steady_clock;

    // The peer must have been seen before it can be known to be gone: at the latest, after so many
    // texts. A look takes milliseconds, which a short conversation is spared.
    static constexpr int acquainted = 1024;

    bool gives_up();
    bool look_around(); // true when all other users are gone

    Role me_;
    std::optional<crex::ObjectId> object_;
    Clock::duration patience_;
    bool met_;          // Conclusion has met Premise when it finds Premise's object
    bool seen_ = false; // other users of the object were found
    int heard_ = 0;
    Clock::time_point since_;
    Clock::time_point last_look_;
};

} // namespace demo
