// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <crex/loan.hpp>
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
//
// At a server, a receive() that is cut off in the middle may have taken a message. So messages are
// leased there, and a text counts as heard once it is acknowledged: until then it comes again.
class QueueChannel final : public Channel {
public:
    // Premise creates the queue, and throws LeftOver when there is one already. Conclusion opens
    // it, and throws crex::ExistentialError when it is not there within a second.
    QueueChannel(Role role, const Parameters& parameters);

    void say(const std::string& text) override;
    const std::string& hear(const std::string& said) override;
    void finish() override;
    [[nodiscard]] const char* title() const override { return "Message queue"; }
    [[nodiscard]] std::optional<std::uint64_t> repeated() const override {
        return is_at_server_ ? std::optional{repeated_} : std::nullopt;
    }

private:
    bool hear_quickly(const std::string& said);
    Seen receive(const std::string& said, crex::Timeout timeout);
    Seen lease(const std::string& said, crex::Timeout timeout);
    std::optional<crex::Lease> try_lease(crex::Timeout timeout);
    void send(const std::string& text);

    Transcript narrate_;
    std::optional<Creation> creation_; // for Premise
    crex::MessageQueue queue_;
    bool is_at_server_;
    std::vector<std::byte> buffer_;
    std::string heard_;
    std::uint64_t repeated_ = 0;
    std::chrono::duration<double> patience_;
    PeerWatchdog watchdog_;
};

} // namespace demo
