// SPDX-License-Identifier: BSL-1.0

// The C library's calls that change what the number of a descriptor stands for (see numbers.hpp).
// They do what they always do. A change by a raw system call is not seen, nor is what the C library
// closes by itself, as fclose(3) and daemon(3) do. If the number was a queue's, the calls of
// <mqueue.h> then still take it for that queue.

#include <fcntl.h>
#include <unistd.h>

#include <crex/export.hpp>

#include "mqueue/c_library.hpp"
#include "mqueue/numbers.hpp"

using namespace crex::mqueue;

namespace {

constinit const Next<int(int)> next_dup{"dup"};
constinit const Next<int(int, int)> next_dup2{"dup2"};
constinit const Next<int(int, int, int)> next_dup3{"dup3"};
constinit const Next<int(unsigned, unsigned, int)> next_close_range{"close_range"};
constinit const Next<void(int)> next_closefrom{"closefrom"};

[[gnu::constructor]] void look_up() {
    next_close.look_up();
    next_dup.look_up();
    next_dup2.look_up();
    next_dup3.look_up();
    next_close_range.look_up();
    next_closefrom.look_up();
}

} // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

CREX_EXPORT int close(int number) {
    const Changing changing{number};
    return next_close(number);
}

CREX_EXPORT int close_range(unsigned first, unsigned last, int flags) noexcept {
    const Changing changing{first, last};
    return next_close_range(first, last, flags);
}

CREX_EXPORT void closefrom(int first) noexcept {
    const Changing changing{static_cast<unsigned>(first < 0 ? 0 : first), ~0U};
    next_closefrom(first);
}

CREX_EXPORT int dup(int number) noexcept {
    const int twin = next_dup(number);
    numbers.made(twin);
    return twin;
}

CREX_EXPORT int dup2(int number, int twin) noexcept {
    const Changing changing{twin};
    const int made = next_dup2(number, twin);
    numbers.made(made);
    return made;
}

CREX_EXPORT int dup3(int number, int twin, int flags) noexcept {
    const Changing changing{twin};
    const int made = next_dup3(number, twin, flags);
    numbers.made(made);
    return made;
}

} // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
