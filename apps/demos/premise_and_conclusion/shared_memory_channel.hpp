// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <crex/semaphore.hpp>
#include <crex/timeout.hpp>

#include "common/channel.hpp"
#include "common/parameters.hpp"
#include "common/peer_watchdog.hpp"
#include "common/role.hpp"
#include "common/transcript.hpp"
#include "premise_and_conclusion/objects.hpp"
#include "premise_and_conclusion/shared_text.hpp"

namespace demo {

// A text in shared memory, guarded by a semaphore: the process that has acquired it may read and
// write.
//
// hear() ends with the semaphore held, and say() releases it. In between, the original protocol
// acquires it, reads, finds its own text, and releases it again, over and over. Here the text is
// first watched without the semaphore, which is acquired when there seems to be something to read:
// that needs no system call and does not delay the peer. If that finds nothing, the original's loop
// follows, with pauses.
//
// With LIVE_DANGEROUSLY the semaphore is never acquired or released.
class SharedMemoryChannel final : public Channel {
public:
    SharedMemoryChannel(Role role, Objects objects, const Parameters& parameters);

    void say(const std::string& text) override;
    const std::string& hear(const std::string& said) override;
    void finish() override;
    [[nodiscard]] const char* title() const override { return "Shared memory"; }

private:
    bool hear_quickly(const std::string& said);
    bool read_other_than(const std::string& said);
    Seen look(const std::string& said);

    bool try_acquire(crex::Timeout timeout = crex::do_not_wait);
    void release();

    std::vector<Creation> creations_;
    crex::Semaphore semaphore_;
    bool guarded_;
    SharedText text_;
    std::string heard_;
    PeerWatchdog watchdog_;
    Transcript narrate_;
};

} // namespace demo
