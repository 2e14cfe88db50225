// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iostream>

#include "common/role.hpp"

namespace demo {

// Prints what happens, each line with the time and the speaker. When quiet, it prints nothing and
// costs nothing: the parts of a line are put together only when it is printed.
class Transcript {
public:
    Transcript(Role who, bool quiet) : who_{who}, quiet_{quiet} {}

    template <class... Parts> void operator()(const Parts&... parts) const {
        if (!quiet_) {
            begin_line();
            (std::cout << ... << parts) << '\n';
        }
    }

    // For a line that must be seen although nothing follows for a while.
    template <class... Parts> void now(const Parts&... parts) const {
        (*this)(parts...);
        if (!quiet_) {
            std::cout.flush();
        }
    }

private:
    void begin_line() const;

    Role who_;
    bool quiet_;
};

} // namespace demo
