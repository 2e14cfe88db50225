// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <fcntl.h>
#include <mqueue.h>

#include "subjects/subject.hpp"

namespace bench {

// The functions of <mqueue.h>, as one library has them.
struct MqueueCalls {
    mqd_t (*open)(const char*, int, ...);
    int (*close)(mqd_t);
    int (*unlink)(const char*);
    int (*send)(mqd_t, const char*, std::size_t, unsigned);
    ssize_t (*receive)(mqd_t, char*, std::size_t, unsigned*);
};

// A queue made with <mqueue.h>.
class PosixQueue : public QueueProperties {
public:
    PosixQueue(const PosixQueue&) = delete;
    PosixQueue& operator=(const PosixQueue&) = delete;
    ~PosixQueue() { calls_.close(queue_); }

    void send(std::span<const std::byte> body, unsigned priority);
    Arrival receive(std::span<std::byte> buffer);

protected:
    // Makes a queue as large as asked for if that is allowed, else one with fewer messages.
    static Shape create(const MqueueCalls& calls, const std::string& object, Shape shape);

    PosixQueue(const MqueueCalls& calls, const std::string& object);

private:
    MqueueCalls calls_;
    mqd_t queue_;
};

// The kernel's queue, without crex.
class KernelQueue : public PosixQueue {
public:
    // May give the calling process an IPC namespace of its own, and its children with it.
    static Shape create(const std::string& object, Shape shape);

    static void remove(const std::string& object) noexcept { mq_unlink(object.c_str()); }

    KernelQueue(const std::string& object, End) : PosixQueue{calls, object} {}

private:
    static constexpr MqueueCalls calls{&mq_open, &mq_close, &mq_unlink, &mq_send, &mq_receive};
};

} // namespace bench
