// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace demo {

// The medium of a conversation. A process that says something waits for the answer before it says
// more. So there is at most one text at any time, and it may be the process's own.
class Channel {
public:
    virtual ~Channel() = default;

    // Puts `text` where the peer will find it.
    virtual void say(const std::string& text) = 0;

    // Waits for a text that is not `said`, the text that this process said last. Throws Vanished
    // when there will be none, and Interrupted or crex::SignalError after a signal. The text is
    // valid until the next call.
    virtual const std::string& hear(const std::string& said) = 0;

    // Premise's last act: makes sure that Conclusion is done, and removes what was created.
    virtual void finish() = 0;

    // "Shared memory": the channel's name in a report.
    [[nodiscard]] virtual const char* title() const = 0;

    // How many texts have come again; nothing where none can.
    [[nodiscard]] virtual std::optional<std::uint64_t> repeated() const { return std::nullopt; }
};

} // namespace demo
