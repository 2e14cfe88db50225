// SPDX-License-Identifier: BSL-1.0
#include "verbs.hpp"

// A build without crex::postgres.

namespace cli {

const std::vector<const Verb*>& postgres_verbs() {
    static const std::vector<const Verb*> none;
    return none;
}

} // namespace cli
