// SPDX-License-Identifier: BSL-1.0
#include "queue/kernel_queue.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bench {

namespace {

[[noreturn]] void throw_errno(const char* call) {
    throw std::system_error{errno, std::generic_category(), call};
}

void write_file(const char* path, const std::string& text) { std::ofstream{path} << text; }

// An ordinary user needs a user namespace, in which it is root.
bool enter_own_namespace() {
    if (unshare(CLONE_NEWIPC) == 0) {
        return true;
    }
    const std::string user = std::to_string(geteuid());
    const std::string group = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
        return false;
    }
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + user + " 1");
    write_file("/proc/self/gid_map", "0 " + group + " 1");
    return true;
}

// In an IPC namespace of its own, so that the limits of no other program change. If that is not
// allowed, it fails and the limit stays.
void raise_limits(Shape shape) {
    if (enter_own_namespace()) {
        write_file("/proc/sys/fs/mqueue/msg_max", std::to_string(shape.capacity));
        write_file("/proc/sys/fs/mqueue/msgsize_max", std::to_string(shape.size));
    }
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MSGQUEUE, &unlimited);
}

bool create_exactly(const std::string& object, Shape shape) {
    mq_attr attributes{};
    attributes.mq_maxmsg = static_cast<long>(shape.capacity);
    attributes.mq_msgsize = static_cast<long>(shape.size);
    const mqd_t queue = mq_open(object.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    if (queue == -1 && errno != EINVAL && errno != EMFILE && errno != ENOMEM) {
        throw_errno("mq_open");
    }
    return queue != -1 && mq_close(queue) == 0;
}

} // namespace

Shape KernelQueue::create(const std::string& object, Shape shape) {
    static bool raised = false; // by this process or its parent, for the first of two queues
    if (!std::exchange(raised, true)) {
        raise_limits(shape);
    }
    while (!create_exactly(object, shape)) {
        shape.capacity -= (shape.capacity + 15) / 16;
        if (shape.capacity == 0) {
            throw Refused{"the kernel has no queue of that size"};
        }
    }
    return shape;
}

KernelQueue::KernelQueue(const std::string& object) : queue_{mq_open(object.c_str(), O_RDWR)} {
    if (queue_ == -1) {
        throw_errno("mq_open");
    }
}

void KernelQueue::send(std::span<const std::byte> body, unsigned priority) {
    if (mq_send(queue_, reinterpret_cast<const char*>(body.data()), body.size(), priority) != 0) {
        throw_errno("mq_send");
    }
}

Arrival KernelQueue::receive(std::span<std::byte> buffer) {
    unsigned priority = 0;
    const ssize_t size =
        mq_receive(queue_, reinterpret_cast<char*>(buffer.data()), buffer.size(), &priority);
    if (size < 0) {
        throw_errno("mq_receive");
    }
    return {static_cast<std::size_t>(size), priority};
}

} // namespace bench
