// SPDX-License-Identifier: BSL-1.0

// A program of another project, which knows crex by its headers alone.
#include <cstddef>
#include <mutex>
#include <optional>

#include <crex/crex.hpp>

int main() {
    crex::Semaphore turn{std::nullopt, crex::O_CREX, {.initial_value = 1}};
    crex::SharedMemory board{std::nullopt, crex::O_CREX, {.size = 4096}};
    crex::MessageQueue queue{std::nullopt, crex::O_CREX};
    auto view = board.map();
    {
        const std::scoped_lock guard{turn};
        view.bytes()[0] = std::byte{42};
        queue.send("hello");
    }
    turn.unlink();
    board.unlink();
    queue.unlink();

    try {
        const crex::Semaphore missing{turn.name()};
    } catch (const crex::ExistentialError&) { // thrown in the library, caught here
        return queue.receive().body == "hello" && view.bytes()[0] == std::byte{42} ? 0 : 1;
    }
    return 1;
}
