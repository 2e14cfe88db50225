// SPDX-License-Identifier: BSL-1.0
#include "verbs.hpp"

// A build with crex::postgres.

namespace cli {

extern const Verb postgres_init;
extern const Verb postgres_status;
extern const Verb postgres_upgrade;

const std::vector<const Verb*>& postgres_verbs() {
    static const std::vector<const Verb*> all{&postgres_init, &postgres_upgrade, &postgres_status};
    return all;
}

} // namespace cli
