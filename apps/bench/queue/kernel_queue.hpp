// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <mqueue.h>

#include "queue/subject.hpp"

namespace bench {

// The kernel's message queue, without crex.
class KernelQueue {
public:
    static constexpr std::string_view name = "kernel";
    static constexpr bool batches = false;
    static constexpr bool lends = false;

    // Makes a queue as large as asked for if that is allowed, else one with fewer messages. To be
    // called in a process that may get an IPC namespace of its own, and its children with it.
    static Shape create(const std::string& object, Shape shape);

    static void remove(const std::string& object) noexcept { mq_unlink(object.c_str()); }

    explicit KernelQueue(const std::string& object);
    KernelQueue(const KernelQueue&) = delete;
    KernelQueue& operator=(const KernelQueue&) = delete;
    ~KernelQueue() { mq_close(queue_); }

    void send(std::span<const std::byte> body, unsigned priority);
    Arrival receive(std::span<std::byte> buffer);

private:
    mqd_t queue_;
};

} // namespace bench
