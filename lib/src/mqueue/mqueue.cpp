// SPDX-License-Identifier: BSL-1.0

// The calls of <mqueue.h>, on robust queues, for programs that know nothing of crex:
// libcrex-mqueue.so, to link against or to LD_PRELOAD. They do what mq_overview(7) and its pages
// say, except:
//
// - The limits are crex's: 2^24 messages, 1 GiB in all (EINVAL), 512 processes at once (ENFILE),
//   names of 247 characters. Of /proc/sys/fs/mqueue only the two defaults count. RLIMIT_MSGQUEUE
//   does not. Memory is reserved by mq_open(): ENOSPC, ENOMEM.
// - Using a queue needs read *and* write permission, whatever it is opened for. The queue must
//   belong to this user or to root, or be open to a group of this process and not to all users;
//   else EACCES. The owner always has both permissions.
// - A queue is a file in /dev/shm, its descriptor a FIFO. After read(2) or write(2) on that,
//   poll(2) is wrong. fstat(2) and /dev/mqueue do not show the queue. mq_open() takes three
//   descriptors, not the lowest.
// - A descriptor for reading only never polls writable, and one for writing only never readable. An
//   edge-triggered epoll(7) reports a message that comes into an empty queue, not every message.
// - The calls of the C library (poll, select, epoll_ctl) poll its descriptor and close it; raw
//   system calls do not.
// - Descriptors are known to the process that called mq_open() and to its forks. A process that
//   gets one by SCM_RIGHTS, or keeps one over execve(2), has EBADF until it opens the queue, too.
// - mq_close() of what is no queue is EBADF and closes nothing. close(2) closes, but the next
//   mq_open() or mq_close() releases the memory, and a request for notification. A program that
//   closes all descriptors it finds but the queue's has EBADF, and must open it again.
// - A clock that was set forward, or pthread_cancel(3), is noticed within a second. The latter must
//   be called as this library's, which it is unless it is looked up in the C library itself. Before
//   Linux 5.16, SA_RESTART has no effect: EINTR. Waiters are not served in FIFO order.
// - A thread notifies, a moment later; si_pid and si_uid do not name the sender of the message. Of
//   the attributes for SIGEV_THREAD, sizes and scheduling count.
// - A bad pointer is SIGSEGV, not EFAULT. A call in a signal handler whose thread is inside a call
//   is EDEADLK. An invalid access mode is EINVAL for a new queue, too.
// - ENOTRECOVERABLE for a queue that is damaged, ESHUTDOWN for one that a user of crex has shut
//   down.
// - If the last user of an unlinked queue is killed, a FIFO stays, /dev/shm/crex-poll.INODE.

#undef _FORTIFY_SOURCE // it makes mq_open() an inline function

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>

#include <crex/export.hpp>

#include "mqueue/c_library.hpp"
#include "mqueue/notifying.hpp"
#include "mqueue/open_queues.hpp"
#include "mqueue/opening.hpp"
#include "mqueue/outcome.hpp"
#include "mqueue/transfer.hpp"
#include "mqueue/waiting_thread.hpp"

using namespace crex::mqueue;

namespace {

// <mqueue.h> declares that some pointers are never null, and the compiler relies on it. The kernel
// accepts null.
template <class T> T* maybe_null(T* pointer) {
    T* volatile unknown = pointer;
    return unknown;
}

mq_attr attributes_of(const Descriptor& descriptor, int flags) {
    const auto& queue = descriptor.queue->handle();
    mq_attr attributes{};
    attributes.mq_flags = flags & O_NONBLOCK;
    attributes.mq_maxmsg = static_cast<long>(queue.max_messages());
    attributes.mq_msgsize = static_cast<long>(queue.max_message_size());
    attributes.mq_curmsgs = static_cast<long>(queue.current_messages());
    return attributes;
}

int set_attributes(mqd_t descriptor, const mq_attr* wanted, mq_attr* before) {
    if (wanted != nullptr && (wanted->mq_flags & ~O_NONBLOCK) != 0) {
        return -EINVAL;
    }
    const auto its = OpenQueues::instance().find(descriptor);
    const int flags = its ? its->flags() : -1;
    if (flags < 0) {
        return -EBADF;
    }
    if (before != nullptr) {
        *before = attributes_of(*its, flags);
    }
    if (wanted != nullptr) {
        const int now = (flags & ~O_NONBLOCK) | static_cast<int>(wanted->mq_flags);
        return next_fcntl(descriptor, F_SETFL, now) == 0 ? 0 : -errno;
    }
    return 0;
}

// As with the kernel's queues, closing any of a process's descriptors of a queue ends its request.
int close_queue(mqd_t descriptor) {
    const auto queue = OpenQueues::instance().close(descriptor);
    if (queue) {
        queue->handle().request_notification();
    }
    return queue ? 0 : -EBADF;
}

// Runs after all that the program has registered with atexit(3). A process that exits was not
// killed: it detaches here, so that no other process needs to reap it, and what lies beside an
// unlinked queue goes with its last user.
[[gnu::destructor]] void leave() {
    (void)outcome_of([] {
        OpenQueues::instance().leave();
        return 0;
    });
}

} // namespace

// Names and ellipsis are those of <mqueue.h>; the names of its parameters are reserved.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl50-cpp,cert-dcl51-cpp)
extern "C" {

CREX_EXPORT mqd_t mq_open(const char* name, int flags, ...) noexcept {
    mode_t mode = 0;
    const mq_attr* attributes = nullptr;
    if ((flags & O_CREAT) != 0) {
        std::va_list rest;
        va_start(rest, flags);
        // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, in the line before.
        mode = va_arg(rest, mode_t);
        attributes = va_arg(rest, const mq_attr*);
        va_end(rest);
    }
    return called([&] { return open_queue(name, flags, mode, attributes); });
}

// Called by programs built with _FORTIFY_SOURCE that give no mode.
CREX_EXPORT mqd_t __mq_open_2(const char* name, int flags) noexcept {
    if ((flags & O_CREAT) != 0) {
        constexpr std::string_view problem{"mq_open: O_CREAT without mode and attributes\n"};
        (void)fwrite(problem.data(), 1, problem.size(), stderr);
        std::abort();
    }
    return called([&] { return open_queue(name, flags, 0, nullptr); });
}

CREX_EXPORT int mq_close(mqd_t descriptor) noexcept {
    return called([&] { return close_queue(descriptor); });
}

CREX_EXPORT int mq_unlink(const char* name) noexcept {
    return called([&] { return unlink_queue(name); });
}

CREX_EXPORT int mq_getattr(mqd_t descriptor, mq_attr* attributes) noexcept {
    return called([&] { return set_attributes(descriptor, nullptr, maybe_null(attributes)); });
}

CREX_EXPORT int mq_setattr(mqd_t descriptor, const mq_attr* wanted, mq_attr* before) noexcept {
    return called([&] { return set_attributes(descriptor, maybe_null(wanted), before); });
}

CREX_EXPORT int mq_notify(mqd_t descriptor, const sigevent* wanted) noexcept {
    return called([&] { return notify(descriptor, wanted); });
}

// Cancellation by pthread_cancel(3), which is an exception, may end these.

CREX_EXPORT ssize_t mq_receive(mqd_t descriptor, char* buffer, size_t size, unsigned* priority) {
    return said_in_c(receive(descriptor, buffer, size, priority, nullptr));
}

CREX_EXPORT ssize_t mq_timedreceive(mqd_t descriptor, char* buffer, size_t size, unsigned* priority,
                                    const timespec* until) {
    return said_in_c(receive(descriptor, buffer, size, priority, maybe_null(until)));
}

CREX_EXPORT int mq_send(mqd_t descriptor, const char* bytes, size_t size, unsigned priority) {
    return static_cast<int>(said_in_c(send(descriptor, bytes, size, priority, nullptr)));
}

CREX_EXPORT int mq_timedsend(mqd_t descriptor, const char* bytes, size_t size, unsigned priority,
                             const timespec* until) {
    return static_cast<int>(said_in_c(send(descriptor, bytes, size, priority, maybe_null(until))));
}

// Ends the thread's wait, if it is in one, so that it acts on its cancellation.
CREX_EXPORT int pthread_cancel(pthread_t thread) {
    using Cancel = int (*)(pthread_t);
    static const auto cancel = reinterpret_cast<Cancel>(dlsym(RTLD_NEXT, "pthread_cancel"));
    const int error = cancel != nullptr ? cancel(thread) : ENOSYS;
    if (error == 0) {
        end_wait_of(thread);
    }
    return error;
}

} // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl50-cpp,cert-dcl51-cpp)
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
