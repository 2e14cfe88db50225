// SPDX-License-Identifier: BSL-1.0
#include "sysv/letters.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>

#include "platform/backoff.hpp"
#include "platform/cancellation.hpp"
#include "sysv/control.hpp"

namespace crex::detail {
namespace {

constexpr std::size_t usual_room = 8192;

// A type and room for a body: on the stack if the body fits there, as nearly all do.
class Letter {
public:
    explicit Letter(std::size_t room) { make_room(room); }

    Letter(long type, std::span<const std::byte> body) {
        make_room(body.size());
        std::memcpy(native(), &type, sizeof type);
        std::copy(body.begin(), body.end(), this->body());
    }

    void make_room(std::size_t room) {
        room_ = room;
        if (room > usual_room) {
            large_ = std::make_unique_for_overwrite<std::byte[]>(offsetof(Small, body) + room);
        }
    }

    [[nodiscard]] void* native() { return large_ ? large_.get() : static_cast<void*>(&small_); }
    [[nodiscard]] std::size_t room() const { return room_; }

    // The message that was received into it.
    [[nodiscard]] sysv::Message message(std::size_t size) {
        return {std::string(reinterpret_cast<const char*>(body()), size), type()};
    }

private:
    [[nodiscard]] std::byte* body() {
        return static_cast<std::byte*>(native()) + offsetof(Small, body);
    }

    [[nodiscard]] long type() {
        long type = 0;
        std::memcpy(&type, native(), sizeof type);
        return type;
    }

    struct Small {
        long type;
        std::array<std::byte, usual_room> body;
    };

    Small small_; // not initialised: that would cost more than a short message does
    std::unique_ptr<std::byte[]> large_;
    std::size_t room_ = 0;
};

// Repeats `attempt(flags)`, which returns what msgsnd(2) and msgrcv(2) do, until it succeeds. Waits
// in the kernel if there is no deadline, and polls otherwise. Returns -1 when the deadline passed
// first. Throws by `fail(errno)`.
template <class Attempt, class Fail>
ssize_t wait_for(const Call& call, const Deadline& deadline, Attempt attempt, Fail fail) {
    const CancellationHeld held;
    Backoff backoff{deadline};
    for (int flags = IPC_NOWAIT;;) {
        const ssize_t result = attempt(flags);
        if (result >= 0) {
            return result;
        }
        if (errno != EAGAIN && errno != ENOMSG) {
            fail(errno);
        } else if (deadline.passed()) {
            return -1;
        } else if (deadline.is_never()) {
            flags = 0;
        } else if (!backoff.pause()) {
            throw_errno(call, EINTR);
        }
    }
}

void check_length(const Call& call, std::size_t size, const std::string& limit) {
    if (size > number_in(limit)) {
        throw_invalid(call, "the message has " + std::to_string(size) +
                                " bytes, more than /proc/sys/kernel/msgmax allows (" + limit +
                                "); raise it with: sysctl kernel.msgmax=" + std::to_string(size));
    }
}

// The kernel would wait for ever with a message that is longer than the queue may ever hold. Where
// this process may not read the queue's status, the kernel does wait.
void check_fit(const Call& call, int id, std::size_t size) {
    msqid_ds status{};
    if (msgctl(id, IPC_STAT, &status) == 0 && size > status.msg_qbytes) {
        throw_invalid(call, "the message has " + std::to_string(size) +
                                " bytes, and the queue holds no more than max_size " +
                                std::to_string(status.msg_qbytes));
    }
}

} // namespace

bool send(const Call& call, int id, std::span<const std::byte> body, long type,
          const Deadline& deadline) {
    if (type < 1) {
        throw_invalid(call, "the type " + std::to_string(type) + " is not above zero");
    }
    Letter letter{type, body};
    const auto attempt = [&](int flags) {
        const ssize_t result = msgsnd(id, letter.native(), body.size(), flags);
        if (result != 0 && errno == EAGAIN) {
            check_fit(call, id, body.size());
            errno = EAGAIN;
        }
        return result;
    };
    const auto fail = [&](int error) {
        if (error == EINVAL) {
            check_length(call, body.size(), kernel_setting("msgmax"));
        }
        throw_object_errno(call, error);
    };
    return wait_for(call, deadline, attempt, fail) == 0;
}

std::optional<sysv::Message> receive(const Call& call, int id, sysv::Selection which,
                                     const Deadline& deadline) {
    if (which.is_except() && which.type() < 1) {
        throw_invalid(call, "all types but one that is not above zero");
    }
    Letter letter{usual_room};
    const int except = which.is_except() ? MSG_EXCEPT : 0;
    const auto attempt = [&](int flags) {
        return msgrcv(id, letter.native(), letter.room(), which.type(), flags | except);
    };
    const ssize_t size = wait_for(call, deadline, attempt, [&](int error) {
        if (error != E2BIG) { // the message stays in the queue
            throw_object_errno(call, error);
        }
        letter.make_room(letter.room() * 2);
    });
    return size < 0 ? std::nullopt : std::optional{letter.message(static_cast<std::size_t>(size))};
}

std::optional<sysv::Message> peek(const Call& call, int id, std::size_t position) {
    const CancellationHeld held;
    if (position > static_cast<std::size_t>(std::numeric_limits<long>::max())) {
        return std::nullopt;
    }
    Letter letter{usual_room};
    for (;;) {
        const ssize_t size = msgrcv(id, letter.native(), letter.room(), static_cast<long>(position),
                                    IPC_NOWAIT | MSG_COPY);
        if (size >= 0) {
            return letter.message(static_cast<std::size_t>(size));
        }
        switch (errno) {
        case ENOMSG:
            return std::nullopt;
        case E2BIG:
            letter.make_room(letter.room() * 2);
            break;
        case ENOSYS:
            throw_errno(call, ENOTSUP,
                        "this kernel has no MSG_COPY: it was built without "
                        "CONFIG_CHECKPOINT_RESTORE");
        case EINVAL:
            (void)queue_status(call, id); // throws when the queue is gone
            throw_errno(call, ENOTSUP,
                        "the kernel copies no message that is longer than "
                        "/proc/sys/kernel/msgmax (" +
                            kernel_setting("msgmax") + "); raise it with: sysctl kernel.msgmax");
        default:
            throw_object_errno(call, errno);
        }
    }
}

} // namespace crex::detail
