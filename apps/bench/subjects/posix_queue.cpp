// SPDX-License-Identifier: BSL-1.0
#include "subjects/posix_queue.hpp"

#include <cerrno>

#include <sys/resource.h>
#include <sys/stat.h>

#include "harness/ipc_namespace.hpp"
#include "subjects/errno.hpp"

namespace bench {

namespace {

bool create_exactly(const MqueueCalls& calls, const std::string& object, Shape shape) {
    mq_attr attributes{};
    attributes.mq_maxmsg = static_cast<long>(shape.capacity);
    attributes.mq_msgsize = static_cast<long>(shape.size);
    const mqd_t queue = calls.open(object.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    if (queue == -1 && errno != EINVAL && errno != EMFILE && errno != ENOMEM) {
        check(queue, "mq_open");
    }
    return queue != -1 && calls.close(queue) == 0;
}

} // namespace

Shape PosixQueue::create(const MqueueCalls& calls, const std::string& object, Shape shape) {
    while (!create_exactly(calls, object, shape)) {
        shape.capacity -= (shape.capacity + 15) / 16;
        if (shape.capacity == 0) {
            throw Refused{"the limits of the system leave no room for it"};
        }
    }
    return shape;
}

PosixQueue::PosixQueue(const MqueueCalls& calls, const std::string& object)
    : calls_{calls}, queue_{check(calls.open(object.c_str(), O_RDWR), "mq_open")} {}

void PosixQueue::send(std::span<const std::byte> body, unsigned priority) {
    check(calls_.send(queue_, reinterpret_cast<const char*>(body.data()), body.size(), priority),
          "mq_send");
}

Arrival PosixQueue::receive(std::span<std::byte> buffer) {
    unsigned priority = 0;
    const auto size = check(
        calls_.receive(queue_, reinterpret_cast<char*>(buffer.data()), buffer.size(), &priority),
        "mq_receive");
    return {static_cast<std::size_t>(size), priority};
}

Shape KernelQueue::create(const std::string& object, Shape shape) {
    set_ipc_limit("fs/mqueue/msg_max", shape.capacity);
    set_ipc_limit("fs/mqueue/msgsize_max", shape.size);
    set_ipc_limit("fs/mqueue/queues_max", 1 << 20);
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MSGQUEUE, &unlimited);
    return PosixQueue::create(calls, object, shape);
}

} // namespace bench
