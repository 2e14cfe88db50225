// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <string>

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>

#include "common/inspection.hpp"
#include "common/named_file.hpp"
#include "message_queue/backend.hpp"
#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"
#include "platform/fork_safe_singleton.hpp"
#include "platform/signals.hpp"

// The kernel's message queues, mq_overview(7).

namespace crex::detail {

using namespace std::chrono_literals;

namespace {

// mq_timedsend(3) and mq_timedreceive(3) wait until a moment on the wall clock, which can be set.
// So they get a moment in 1970, which means not at all, and poll(2) does the waiting: on Linux a
// queue's descriptor can be polled.
constexpr timespec not_at_all{};

// A process that polls does not stand in the kernel's line of waiters, and another process may be
// faster. So once poll(2) has reported something, the call lines up in the kernel, but only
// briefly: if the message is gone by then, the next one goes to this call. If the wall clock is set
// back at just this moment, the wait may last until that next message.
timespec briefly(std::chrono::nanoseconds left) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return Deadline::to_timespec(now + std::min<std::chrono::nanoseconds>(left, 100ms));
}

// Functions that the C library is to call in a new thread. The thread gets a number and not a
// function, since it may still be starting when the function is not needed any more.
class Functions {
public:
    int add(Notification notification) {
        const std::lock_guard lock{mutex_};
        notifications_.emplace(++last_, std::move(notification));
        return last_;
    }

    // Empty when the function is not registered any more.
    std::optional<Notification> take(int number) {
        const std::lock_guard lock{mutex_};
        const auto node = notifications_.extract(number);
        return node ? std::optional{std::move(node.mapped())} : std::nullopt;
    }

    // The kernel notifies the parent, not the child.
    void in_forked_child() noexcept {
        new (&mutex_) std::mutex;
        new (&notifications_) std::map<int, Notification>;
    }

private:
    std::mutex mutex_;
    std::map<int, Notification> notifications_;
    int last_ = 0;
    AtForkChild watch_{*this};
};

constinit ForkSafeSingleton<Functions> functions; // used by threads that may start at any time

void call_function(sigval number) {
    if (const auto notification = functions->take(number.sival_int)) {
        notification->deliver();
    }
}

class PosixQueue final : public Queue {
public:
    PosixQueue(UniqueFd fd, const mq_attr& attributes)
        : fd_{std::move(fd)}, max_messages_{static_cast<std::size_t>(attributes.mq_maxmsg)},
          max_message_size_{static_cast<std::size_t>(attributes.mq_msgsize)} {}

    bool send(const Call& call, std::span<const std::byte> body, unsigned priority,
              const Deadline& deadline) override {
        const auto* const bytes = reinterpret_cast<const char*>(body.data());
        const auto attempt = [&](const timespec* moment) {
            return moment == nullptr
                       ? mq_send(fd_.get(), bytes, body.size(), priority)
                       : mq_timedsend(fd_.get(), bytes, body.size(), priority, moment);
        };
        return wait_for(call, POLLOUT, deadline, attempt) == 0;
    }

    std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                           const Deadline& deadline) override {
        auto* const bytes = reinterpret_cast<char*>(buffer.data());
        unsigned priority = 0;
        const auto attempt = [&](const timespec* moment) {
            return moment == nullptr
                       ? mq_receive(fd_.get(), bytes, buffer.size(), &priority)
                       : mq_timedreceive(fd_.get(), bytes, buffer.size(), &priority, moment);
        };
        const auto size = wait_for(call, POLLIN, deadline, attempt);
        if (size < 0) {
            return std::nullopt;
        }
        return ReceivedMessage{static_cast<std::size_t>(size), priority};
    }

    [[nodiscard]] std::size_t max_messages() const override { return max_messages_; }
    [[nodiscard]] std::size_t max_message_size() const override { return max_message_size_; }

    [[nodiscard]] std::size_t current_messages() const override {
        mq_attr attributes{};
        mq_getattr(fd_.get(), &attributes);
        return static_cast<std::size_t>(attributes.mq_curmsgs);
    }

    // A kernel queue cannot be renamed, so it has its name until it is unlinked.
    [[nodiscard]] ObjectId id() const override { return id_; }
    [[nodiscard]] bool is_linked(const std::string&) const override {
        const auto status = status_of(fd_.get());
        return status && status->st_nlink != 0;
    }

    [[nodiscard]] int descriptor() const noexcept override { return fd_.get(); }
    [[nodiscard]] int ready_fd(const Call&) override { return fd_.get(); }

    // The kernel cannot replace a request, so for a moment there is none.
    void notify(const Call& call, Notification notification, SecondRequest second) override {
        const CancellationHeld held;
        sigevent event{};
        int number = 0;
        if (notification.is_signal()) {
            event.sigev_notify = SIGEV_SIGNAL;
            event.sigev_signo = notification.signal();
            event.sigev_value.sival_ptr = notification.value();
        } else {
            number = functions->add(std::move(notification));
            event.sigev_notify = SIGEV_THREAD;
            event.sigev_value.sival_int = number;
            event.sigev_notify_function = &call_function;
        }
        int error = asked(event);
        if (error == EBUSY && second == SecondRequest::replaces) {
            mq_notify(fd_.get(), nullptr); // removes only a request of this process
            error = asked(event);
        }
        if (error != 0) {
            functions->take(number);
            throw_errno(call, error,
                        error == EBUSY ? "a process has already asked to be notified" : "");
        }
        functions->take(function_.exchange(number));
    }

    void cancel_notification() noexcept override {
        const CancellationHeld held;
        mq_notify(fd_.get(), nullptr);
        functions->take(function_.exchange(0));
    }

private:
    // 0 or an errno value.
    [[nodiscard]] int asked(const sigevent& event) const {
        return mq_notify(fd_.get(), &event) == 0 ? 0 : errno;
    }

    // The attempt's result, or -1 when the deadline passed first.
    template <class Attempt>
    ssize_t wait_for(const Call& call, short event, const Deadline& deadline, Attempt attempt) {
        const CancellationHeld held;
        timespec moment = not_at_all;
        WaitSignals signals;
        for (;;) {
            const ssize_t result = attempt(deadline.is_never() ? nullptr : &moment);
            if (result >= 0) {
                return result;
            }
            if (errno == EINTR && !deadline.is_never()) {
                continue; // the kernel had begun to wait; this call has not
            }
            if (errno != ETIMEDOUT && errno != EAGAIN) {
                throw_errno(call, errno);
            }
            if (deadline.passed()) {
                return -1;
            }
            pollfd queue{fd_.get(), event, 0};
            if (!signals.sleep({&queue, 1}, deadline.left())) {
                throw_errno(call, EINTR);
            }
            moment = queue.revents != 0 ? briefly(deadline.left()) : not_at_all;
        }
    }

    UniqueFd fd_;
    ObjectId id_ = id_of(*status_of(fd_.get()));
    std::size_t max_messages_;
    std::size_t max_message_size_;
    std::atomic<int> function_{0}; // the last one registered; 0 for none
};

int access(const MessageQueueOptions& options) {
    if (options.read && options.write) {
        return O_RDWR;
    }
    return options.read ? O_RDONLY : O_WRONLY;
}

std::unique_ptr<Queue> made(const Call& call, UniqueFd fd) {
    mq_attr attributes{};
    if (mq_getattr(fd.get(), &attributes) != 0) {
        throw_errno(call, errno);
    }
    return std::make_unique<PosixQueue>(std::move(fd), attributes);
}

// Where the kernel's queues are usually mounted.
std::string usual_path(const std::string& name) { return "/dev/mqueue" + name; }

void check_kernel(const Call& call, int error) {
    if (error == ENOSYS) {
        throw_limit(call, error, "this kernel has no message queues (CONFIG_POSIX_MQUEUE)");
    }
}

std::unique_ptr<Queue> open(const Call& call, const MessageQueueOptions& options) {
    const std::string name{call.object};
    UniqueFd fd{mq_open(name.c_str(), access(options) | O_CLOEXEC)};
    if (fd.get() < 0) {
        if (errno == ENOENT) {
            return nullptr;
        }
        check_kernel(call, errno);
        throw_file_errno(call, errno, usual_path(name));
    }
    return made(call, std::move(fd));
}

// HARD_MSGMAX and HARD_MSGSIZEMAX in the kernel, which not even root may exceed.
constexpr std::size_t hard_max_messages = 65'536;
constexpr std::size_t hard_max_message_size = 16U << 20;

// How a value exceeds one of the kernel's limits, and how to raise that if it can be raised. Empty
// when the value is within the limit.
std::string limit(const char* name, std::size_t wanted, const char* what, std::size_t hard) {
    std::size_t allowed = 0;
    std::ifstream{"/proc/sys/fs/mqueue/" + std::string{name}} >> allowed;
    if (wanted > hard) {
        return std::string{what} + " " + std::to_string(wanted) +
               " is more than the kernel ever allows (" + std::to_string(hard) +
               "; /proc/sys/fs/mqueue/" + name + " is " + std::to_string(allowed) + " now)";
    }
    if (wanted <= allowed) {
        return {};
    }
    return std::string{what} + " " + std::to_string(wanted) +
           " is above the kernel's /proc/sys/fs/mqueue/" + name + " (" + std::to_string(allowed) +
           "); raise it with: sysctl fs.mqueue." + name + "=" + std::to_string(wanted);
}

[[noreturn]] void throw_why_not_created(const Call& call, int error,
                                        const MessageQueueOptions& options) {
    check_kernel(call, error);
    std::string cause;
    if (error == EINVAL) {
        cause = limit("msg_max", options.max_messages, "max_messages", hard_max_messages);
        if (cause.empty()) {
            cause = limit("msgsize_max", options.max_message_size, "max_message_size",
                          hard_max_message_size);
        }
    } else if (error == EMFILE) {
        cause = "too many descriptors, or all queues of this user together would exceed "
                "RLIMIT_MSGQUEUE; raise it with: ulimit -q";
    } else if (error == ENOSPC) {
        cause = "the kernel holds as many queues as /proc/sys/fs/mqueue/queues_max allows; raise "
                "it with: sysctl fs.mqueue.queues_max";
    }
    throw_errno(call, error, cause);
}

// mq_open(3) applies the umask, and a kernel queue cannot be linked, so the mode is set after the
// queue has its name. Until then the umask's bits may be missing from it; none are ever added.
std::unique_ptr<Queue> create(const Call& call, const MessageQueueOptions& options) {
    mq_attr attributes{};
    attributes.mq_maxmsg = static_cast<long>(options.max_messages);
    attributes.mq_msgsize = static_cast<long>(options.max_message_size);
    const std::string name{call.object};
    UniqueFd fd{mq_open(name.c_str(), access(options) | O_CREAT | O_EXCL | O_CLOEXEC, options.mode,
                        &attributes)};
    if (fd.get() < 0) {
        if (errno == EEXIST) {
            return nullptr;
        }
        throw_why_not_created(call, errno, options);
    }
    if (const int error = give_access(fd.get(), access_of(options)); error != 0) {
        mq_unlink(name.c_str());
        throw_errno(call, error);
    }
    return made(call, std::move(fd));
}

void unlink(const Call& call) {
    const std::string name{call.object};
    if (mq_unlink(name.c_str()) != 0) {
        check_kernel(call, errno);
        throw_file_errno(call, errno, usual_path(name));
    }
}

std::optional<ObjectInfo> inspect(const Call& call) {
    const UniqueFd fd{mq_open(std::string{call.object}.c_str(), O_RDONLY | O_CLOEXEC)};
    if (fd.get() < 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw_errno(call, errno);
    }
    return info_of(call, fd.get());
}

} // namespace

const QueueBackend posix_backend{"posix", {message_queue_name_max}, false, open, create, unlink,
                                 inspect};

} // namespace crex::detail
