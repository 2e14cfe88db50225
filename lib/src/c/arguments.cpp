// SPDX-License-Identifier: BSL-1.0
#include "c/arguments.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace crex::c {

void throw_bad_timeout(std::int64_t nanoseconds) {
    throw std::invalid_argument{"the timeout is " + std::to_string(nanoseconds) +
                                " ns; it must be CREX_NO_TIMEOUT (-1), 0 or more"};
}

Place::Place(const char* its_name, int its_flags) : flags{its_flags & ~CREX_RANDOM_NAME} {
    const bool is_random = (its_flags & CREX_RANDOM_NAME) != 0;
    if (is_random && its_name != nullptr) {
        throw_invalid("CREX_RANDOM_NAME goes with a null pointer for the name");
    }
    if (!is_random) {
        name = name_from(its_name);
    }
}

std::string_view name_from(const char* name) { return &at(name, "the name"); }

void check_struct(std::size_t size, std::size_t first) {
    if (size < first) {
        throw std::invalid_argument{"the struct's size is " + std::to_string(size) + ", not " +
                                    std::to_string(first) +
                                    "; begin with its initialiser, CREX_..._INIT"};
    }
}

std::size_t checked_size(const void* given, std::size_t size, std::size_t first,
                         std::size_t known) {
    check_struct(size, first);
    const auto* const bytes = static_cast<const unsigned char*>(given);
    const std::size_t ours = std::min(size, known);
    if (std::any_of(bytes + ours, bytes + size, [](unsigned char byte) { return byte != 0; })) {
        throw std::invalid_argument{"the struct's size is " + std::to_string(size) +
                                    ", and it asks for more than this library knows (" +
                                    std::to_string(known) + " bytes)"};
    }
    return ours;
}

} // namespace crex::c
