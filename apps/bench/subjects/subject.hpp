// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string_view>

// What is measured: classes with the members of BoostQueue (boost_queue.hpp) or, for a semaphore,
// of BoostSemaphore (boost_semaphore.hpp). They are template arguments and not a base class with
// virtual functions, so that nothing is added to what a call costs.

namespace bench {

struct Shape {
    std::size_t capacity = 1024; // messages
    std::size_t size = 64;       // bytes in each
    std::size_t handles = 1;     // open at once, at least
    unsigned priorities = 1;     // from 0 to one less
};

struct Arrival {
    std::size_t size = 0;
    unsigned priority = 0;
};

// What a process does with the queue that it opens.
enum class End { both, sends, receives };

inline constexpr unsigned any_number = ~0U;

// How a subject waits for a message, for room or for a permit. It decides what its round trips cost
// and what they cost the other programs.
namespace waits {
inline constexpr std::string_view sleeping = "sleeps";
inline constexpr std::string_view spinning = "spins";
inline constexpr std::string_view adaptively = "spins briefly, then sleeps";
} // namespace waits

// Derived classes say in which of these they differ.
struct Properties {
    static constexpr std::string_view waiting = waits::sleeping;
    static constexpr bool is_limit = false; // not a subject of its kind, but a part of all of them
    static constexpr bool streams = true;   // a sender may run ahead of its receiver
    static constexpr bool priorities = false;
    static constexpr bool batches = false;
    static constexpr bool lends = false;
    static constexpr bool keeps = false;  // any number of messages, as Shape::capacity says
    static constexpr bool named = false;  // other programs find it by its name
    static constexpr bool unlinks = true; // removing it does not disturb those that have it open
    static constexpr unsigned senders = 1;
    static constexpr unsigned receivers = 1;
};

struct QueueProperties : Properties {
    static constexpr bool priorities = true;
    static constexpr bool keeps = true;
    static constexpr bool named = true;
    static constexpr unsigned senders = any_number;
    static constexpr unsigned receivers = any_number;
};

// A subject cannot do what a scenario needs. It is reported, and is no failure.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace bench
