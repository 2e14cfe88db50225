// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <crex/message_queue.hpp>

// The parameters of the demo programs, and how the text of each becomes its value.

namespace demo {

struct Parameters {
    // One for each key of params.txt, which explains them. A key that is missing there has the
    // value given here.
    std::uint64_t iterations = 1000;
    bool live_dangerously = false;
    std::string semaphore_name = "/wuthering_heights";
    std::string shared_memory_name = "/four_yorkshiremen";
    std::string message_queue_name = "/my_message_queue";
    unsigned permissions = 0600;
    std::size_t shm_size = 4096;
    crex::Backend queue_backend = crex::Backend::boost;

    // Only on the command line.
    std::chrono::duration<double> patience{5}; // without a new text until the peer has vanished
    bool quiet = false;
    std::string at; // the parameters of the server that keeps the queue; empty for this machine

    // The command that removes what these parameters name.
    std::string cleanup_command;
};

// A text that is no value for its parameter throws std::invalid_argument, which says what would be
// one. The caller, which knows where the text came from, adds that.
struct Key {
    std::string_view name; // as in params.txt, in capitals
    const char* value;     // the name of its value in --help
    const char* help;
    void (*set)(Parameters& parameters, const std::string& text);

    // The option of the key: "--shm-size" for SHM_SIZE, without the dashes in front.
    [[nodiscard]] std::string option() const;
};

// All keys, in the order of params.txt.
std::span<const Key> keys();

// The key of that name, in whatever case; null when there is none.
const Key* find_key(std::string_view name);

// More than zero, and less than a year.
std::chrono::duration<double> seconds_from(const std::string& text);

} // namespace demo
