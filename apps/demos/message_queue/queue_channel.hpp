// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <crex/message_queue.hpp>
#include <crex/timeout.hpp>

#include "common/channel.hpp"
#include "common/named_object.hpp"
#include "common/parameters.hpp"
#include "common/peer_watchdog.hpp"
#include "common/role.hpp"
#include "common/transcript.hpp"

namespace demo {

// One message queue for both directions. A process that receives its own message sends it back and
// tries again. To avoid that, it waits a little for its peer to take the message.
class QueueChannel final : public Channel {
public:
    // Premise creates the queue, and throws LeftOver when there is one already. Conclusion opens
    // it, and throws crex::ExistentialError when it is not there within a second.
    QueueChannel(Role role, const Parameters& parameters);

    void say(const std::string& text) override;
    const std::string& hear(const std::string& said) override;
    void finish() override;
    [[nodiscard]] const char* title() const override { return "Message queue"; }

private:
    bool hear_quickly(const std::string& said);
    Seen receive(const std::string& said, crex::Timeout timeout);
    void send(const std::string& text);

    Transcript narrate_;
    std::optional<Creation> creation_; // for Premise
    crex::MessageQueue queue_;
    std::vector<std::byte> buffer_;
    std::string heard_;
    std::chrono::duration<double> patience_;
    PeerWatchdog watchdog_;
};

} // namespace demo
