// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

namespace demo {

// Standard input, line by line, for a program that also waits for other events: poll(2) tells when
// to read, and the lines that have come are returned one at a time.
class TypedLines {
public:
    // Reads what is there. False at the end of input.
    bool read();

    // Waits for the next line, as long as it takes. Nothing for an empty line, or at the end of
    // input.
    std::optional<std::string> wait();

    // The next whole line, without its newline; nothing when there is none yet.
    std::optional<std::string> next();

private:
    std::string pending_;
};

} // namespace demo
