// SPDX-License-Identifier: BSL-1.0
#include "objects/piping.hpp"

#include "objects/target.hpp"
#include "text/size.hpp"

namespace cli {

crex::Ring open_ring(const Invocation& given) {
    const auto capacity = size_of(given, "capacity");
    if (capacity && !given.has("create")) {
        throw UsageError{"--capacity is for --create"};
    }
    const std::string name = name_of_existing(given.arguments().front(), crex::ObjectKind::ring);
    return crex::Ring{name,
                      given.has("create") ? crex::o_creat : 0,
                      {.capacity = capacity.value_or(crex::ring_capacity_default)}};
}

std::vector<Option> ring_options() {
    return {{"create,c", nullptr, "make the ring if it is not there"},
            {"capacity", "SIZE", "of a ring that is made; 1M, unless given"}};
}

} // namespace cli
