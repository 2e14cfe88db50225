// SPDX-License-Identifier: BSL-1.0

// Runs in a mount namespace of its own with a small /dev/shm and fills it. Robust queues must
// report that there is no room, leave nothing behind, and not end the process.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"
#include "support/private_shm.hpp"

namespace {

constexpr int skipped = 77;
constexpr std::size_t kib = 1024;

crex::MessageQueueOptions options(std::size_t max_message_size) {
    return {
        .max_messages = 10, .max_message_size = max_message_size, .backend = crex::Backend::robust};
}

void expect(bool holds, const char* what) {
    if (!holds) {
        throw std::runtime_error{what};
    }
}

void expect_no_room(const crex::MessageQueueOptions& options) {
    const auto before = test::files_in_shm();
    try {
        const crex::MessageQueue queue{"/refused", crex::O_CREX, options};
    } catch (const crex::Error& error) {
        std::cout << error.what() << '\n';
        expect(error.code().value() == ENOSPC, "not ENOSPC");
        expect(test::files_in_shm() == before, "something was left");
        return;
    }
    expect(false, "there was room");
}

void fill(crex::MessageQueue& queue) {
    const std::string body(queue.max_message_size(), 'x');
    while (queue.try_send(body)) {
    }
    expect(queue.current_messages() == queue.max_messages(), "not all of the room can be used");
}

// Memory reserved at creation can be used, even if the file system is full afterwards.
void use_when_full() {
    crex::MessageQueue queue{"/first", crex::O_CREX, options(8 * kib)};
    const crex::SharedMemory rest{"/rest", crex::O_CREX, {.size = 128 * kib}};
    expect_no_room(options(8 * kib));
    std::ofstream filler{"/dev/shm/filler"};
    while (filler << std::string(4 * kib, 'f') << std::flush) {
    }
    expect_no_room(options(1));
    fill(queue);
    (void)queue.lease();
    fill(queue);
    queue.repair();
    while (queue.try_receive()) {
    }
    fill(queue);
}

// Neither queue is left, although there would be room for the dead-letter queue.
void refuse_with_dead_letters() {
    std::filesystem::remove("/dev/shm/filler");
    std::filesystem::remove("/dev/shm/rest");
    auto large = options(8 * kib);
    large.max_attempts = 1;
    large.dead_letter = "/dead";
    expect_no_room(large);
}

// A sparse queue may be larger than the file system as long as it is not filled.
void promise() {
    auto large = options(8 * kib * kib);
    expect_no_room(large);
    large.sparse = true;
    crex::MessageQueue queue{"/promised", crex::O_CREX, large};
    queue.send("small");
    expect(queue.receive().body == "small", "another message");
}

} // namespace

int main() {
    if (!test::enter_private_shm("256k")) {
        return skipped;
    }
    try {
        use_when_full();
        refuse_with_dead_letters();
        promise();
        return test::done;
    } catch (const std::exception& error) {
        std::cout << error.what() << std::endl;
        return test::no;
    }
}
