// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace demo {

// What two of them converse over. Who says something waits for the answer before saying more, so
// at any time there is one text at most, and it may be one's own.
class Channel {
public:
    virtual ~Channel() = default;

    // Puts `text` where the other will find it.
    virtual void say(const std::string& text) = 0;

    // Waits for a text that is not `said`, which is what I said last. Throws Vanished when there
    // will be none, Interrupted or crex::SignalError after a signal. The answer is good until the
    // next call.
    virtual const std::string& hear(const std::string& said) = 0;

    // Premise's last act: sees to it that Conclusion is done and removes what was created.
    virtual void finish() = 0;

    // "Shared memory": how the channel is called in a report.
    [[nodiscard]] virtual const char* title() const = 0;
};

} // namespace demo
