// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <crex/message_queue.hpp>

#include "crash/kill/harness/contents.hpp"

// The queues under test behind one interface, so that one harness can judge all of them.

namespace crash {

using std::chrono::milliseconds;

struct Shape {
    std::size_t capacity = 8;
    std::size_t message_size = 64;
    crex::Lifetime lifetime = crex::Lifetime::persistent;
    unsigned max_attempts = 0; // after these, to the queue called dead_letters_of(name)
    bool polled = false;       // its descriptor has been requested
};

std::string dead_letters_of(const std::string& name);

/// A handle.
class Queue {
public:
    virtual ~Queue() = default;
    virtual bool send_for(milliseconds timeout, const Item& item) = 0;
    virtual std::optional<Item> receive_for(milliseconds timeout) = 0;
    virtual bool try_send(const Item& item) = 0;
    virtual std::optional<Item> try_receive() = 0;

    /// These wait without a limit.
    virtual void send(const Item& item) = 0;
    virtual Item receive() = 0;

    /// Receives into a buffer that has room for any message; returns the message's size.
    virtual std::size_t receive_into(std::span<std::byte> buffer) = 0;

    [[nodiscard]] virtual std::size_t count() = 0;

    /// crex's own handle, if this is a queue of crex.
    virtual crex::MessageQueue* crex() { return nullptr; }
};

struct Subject {
    const char* name;
    bool is_robust;
    std::unique_ptr<Queue> (*create)(const std::string& name, const Shape& shape);
    std::unique_ptr<Queue> (*open)(const std::string& name); // null when there is no queue
    void (*unlink)(const std::string& name);                 // the name may be missing
    std::string (*path)(const std::string& name);            // empty when the queue is no file
};

extern const Subject robust;
extern const Subject kernel;       // the kernel's: also safe, so it shows faults of the harness
extern const Subject unsafe_queue; // loses and doubles messages, which must be detected
extern const Subject raw_boost;    // boost::interprocess::message_queue without crex

/// Options of a robust handle in these tests: a wait goes to sleep at once.
crex::MessageQueueOptions robust_options(const Shape& shape = {});

} // namespace crash
