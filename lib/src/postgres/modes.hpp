// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "common/errors.hpp"

namespace crex::detail::postgres {

// Throws std::invalid_argument unless the mode means something at a server (see postgres.hpp).
inline void check_server_mode(const Call& call, unsigned mode) {
    if (mode != 0600 && mode != 0660 && mode != 0666) {
        throw_invalid(call, "at a server the mode is 0600 (the role that creates it), 0660 (its "
                            "members) or 0666 (every role that may use crex)");
    }
}

} // namespace crex::detail::postgres
