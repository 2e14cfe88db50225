// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <sys/ipc.h>
#include <sys/msg.h>

#include "harness/ipc_namespace.hpp"
#include "subjects/errno.hpp"
#include "subjects/subject.hpp"
#include "subjects/system_v_key.hpp"

namespace bench {

// System V's message queue. A message's type is its priority: the lowest type comes first. Where
// there is one priority, the oldest message is asked for, which is not searched for. The type
// stands before the data, so a message is built in a buffer, as in its users' programs.
class SystemVQueue : public QueueProperties {
public:
    static constexpr bool unlinks = false;
    // May give the calling process an IPC namespace of its own, and its children with it.
    static Shape create(const std::string& object, Shape shape) {
        const std::size_t bytes = shape.capacity * shape.size;
        wanted_type_ = shape.priorities > 1 ? -type_of_lowest : 0;
        set_ipc_limit("kernel/msgmax", shape.size);
        set_ipc_limit("kernel/msgmnb", bytes);
        set_ipc_limit("kernel/msgmni", 1 << 15);
        const int queue =
            check(msgget(system_v_key(object), IPC_CREAT | IPC_EXCL | 0600), "msgget");
        msqid_ds status{};
        check(msgctl(queue, IPC_STAT, &status), "msgctl");
        shape.capacity = std::min(shape.capacity, status.msg_qbytes / shape.size);
        if (shape.capacity == 0) {
            throw Refused{"the limits of the system leave no room for it"};
        }
        return shape;
    }

    static void remove(const std::string& object) noexcept {
        const int queue = msgget(system_v_key(object), 0);
        if (queue >= 0) {
            msgctl(queue, IPC_RMID, nullptr);
        }
    }

    SystemVQueue(const std::string& object, End)
        : queue_{check(msgget(system_v_key(object), 0), "msgget")} {}

    void send(std::span<const std::byte> body, unsigned priority) {
        const long type = type_of_lowest - static_cast<long>(priority);
        reserve(body.size());
        std::memcpy(buffer_.data(), &type, sizeof type);
        std::memcpy(&buffer_[sizeof type], body.data(), body.size());
        check(msgsnd(queue_, buffer_.data(), body.size(), 0), "msgsnd");
    }

    Arrival receive(std::span<std::byte> buffer) {
        reserve(buffer.size());
        const auto size =
            check(msgrcv(queue_, buffer_.data(), buffer.size(), wanted_type_, 0), "msgrcv");
        long type = 0;
        std::memcpy(&type, buffer_.data(), sizeof type);
        std::memcpy(buffer.data(), &buffer_[sizeof type], static_cast<std::size_t>(size));
        return {static_cast<std::size_t>(size), static_cast<unsigned>(type_of_lowest - type)};
    }

private:
    static constexpr long type_of_lowest = 32768;

    void reserve(std::size_t size) {
        if (buffer_.size() < sizeof(long) + size) {
            buffer_.resize(sizeof(long) + size);
        }
    }

    inline static long wanted_type_ = 0; // of what create() made, for the children, too

    int queue_;
    std::vector<std::byte> buffer_;
};

} // namespace bench
