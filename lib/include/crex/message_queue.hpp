// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <crex/export.hpp>
#include <crex/limits.hpp>
#include <crex/loan.hpp>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/open_flags.hpp>
#include <crex/server.hpp>
#include <crex/timeout.hpp>

// Named message queues between processes. The message of the highest priority comes first, and
// within one priority the oldest.
//
// A MessageQueue is a handle. The queue and its messages outlive the handle and the process, until
// unlink(). What the queue is made of is its backend, chosen when it is opened or created; the
// behaviour described here is the same for each.
//
// Threads: any number of threads may send and receive on one handle at once. A handle must not be
// moved or closed while another thread uses it. Exception: on the robust backend, close() may run
// while other threads wait in a call. Signal handlers must not call it: the interrupted thread may
// hold the queue's lock (on the robust backend, such a call throws Error (EDEADLK) and does not
// deadlock).
//
// Fork: a forked child may go on using its copy of a handle, whatever other threads of the parent
// do at that moment. It does not have its parent's loans and leases (see loan.hpp), nor the request
// for notification. On the boost backend it must call ready_fd() again. On the robust backend the
// copy is a user of the queue from the fork on, and takes one of max_handles at its first call,
// which throws Error (EUSERS) if none is left. A child that cannot reopen a robust queue's file
// (dropped privileges, no /proc) must not close any descriptor of that file, else it counts as
// dead; to close the inherited handle is safe. While it lives, its parent's death is noticed about
// 1 s late.

namespace crex {

/// What a message queue is made of.
enum class Backend {
    /// The shared structure of boost::interprocess::message_queue: for peers that use that class,
    /// in a build with the same Boost layout and word size. Using it requires read and write
    /// permission.
    ///
    /// A crex process that is killed while it waits disturbs no other process. If it is killed
    /// inside Boost's critical section, the queue is broken: every later call throws CorruptError,
    /// the first within about 2 s, whatever its timeout. If the holder of the lock is only stopped,
    /// a call waits for it as its timeout allows, and at least 20 ms: that a lock is held does not
    /// mean that the queue is full or empty. A holder in another PID namespace cannot be seen, nor
    /// told from a dead one: if it is stopped for 1 s, it counts as dead.
    ///
    /// crex cannot prevent one case: if a peer that uses Boost *directly* is killed while it waits,
    /// the next notification, also crex's, may hang inside the C library (glibc before 2.41).
    boost,

    /// The kernel's queue (mq_overview(7)): for peers that use C or Python's posix_ipc. It survives
    /// any kill. The system limits its size: see /proc/sys/fs/mqueue.
    posix,

    /// crex's own queue, in shared memory: the fastest, and safe from kills. Using it requires read
    /// and write permission.
    ///
    /// A message whose send() returned is delivered to one receive(), and again to another if a
    /// consumer dies while it holds a lease on it. If a process is killed inside a call, the call
    /// may or may not have taken effect. No kill, and no byte that another process of the same
    /// trust writes into the memory, makes a surviving process hang, crash or read out of bounds.
    ///
    /// If a process is stopped (SIGSTOP) in the middle of a change, untimed calls of other
    /// processes wait until it continues. Timed calls keep their deadline, or wait 20 ms where that
    /// is more: that a lock is held does not mean that the queue is full or empty. If a process
    /// that runs holds a lock for 10 s without a change, calls of other processes throw
    /// CorruptError.
    ///
    /// A death in the middle of a change is noticed by the next call that takes the same lock. A
    /// death with a loan or a lease is noticed within 50 ms while a thread waits in a call; within
    /// 250 ms if the process dies inside a call, or the watcher (a handle whose process checks for
    /// deaths, for all that wait) dies as well, also if it is another handle of the same process.
    /// Without a waiting thread, a call that finds the queue empty or full notices it (if its
    /// handle has not checked in the last 45 ms), or the opening of a handle; where neither
    /// happens, the loan or lease stays out. The call that notices a death recovers the queue; its
    /// deadline does not cut that short. Recovery takes about 0.04 us for each slot that was ever
    /// used, and 0.4 us for each waiting message (1 us at mixed priorities): 0.4 s for 2^20
    /// messages.
    ///
    /// Not covered: truncation of the file, locks taken on its bytes from outside, a reboot, and a
    /// peer that cannot be trusted with the data.
    robust,

    /// A queue that a server keeps, see MessageQueueOptions::at. What differs from `robust` is in
    /// the header of the server's class, such as crex/postgres.hpp.
    remote,
};

/// "boost", "posix", "robust" or "remote".
[[nodiscard]] CREX_EXPORT std::string_view to_string(Backend backend) noexcept;

/// When a queue's name is removed. A forked child's copy of a handle counts from the fork on. A
/// file in /dev/shm can be removed only by its owner and root: if the last process that uses the
/// queue belongs to another user, the name stays, and opening it throws PermissionsError.
enum class Lifetime {
    persistent,   ///< by unlink() only
    until_unused, ///< when the last handle on it is closed, or its last user has died
};

/// How a queue is created, and how this handle uses it.
struct MessageQueueOptions {
    /// Permission bits of a new queue, as in chmod(2); the umask does not apply. Ignored when the
    /// queue exists.
    unsigned mode = 0600;

    /// How many messages the queue holds, and how many bytes each may have: both at least 1,
    /// together at most 1 TiB. Ignored, whatever they are, when the queue exists. On the posix
    /// backend, the kernel allows ordinary users at most /proc/sys/fs/mqueue/msg_max and
    /// msgsize_max.
    std::size_t max_messages = queue_messages_max_default;
    std::size_t max_message_size = queue_message_size_max_default;

    /// What this handle may do; at least one must be true. Other calls throw PermissionsError.
    bool read = true;
    bool write = true;

    /// What the queue is made of. With `at`, robust and remote are one; boost and posix throw
    /// std::invalid_argument, and so does remote without `at`.
    Backend backend = Backend::robust;

    // The following options are for the robust backend, and for a server as the header of its class
    // says; on another one, a value other than the
    // default throws std::invalid_argument. All but `spin`, `any_owner` and `while_linked` are
    // ignored when the queue exists.

    /// When the name is removed.
    Lifetime lifetime = Lifetime::persistent;

    /// How many times a message may be given back (except by nack_untried()), or left behind by a
    /// consumer that died: 0 to 255; 0 is no limit. After that it is not delivered again: the next
    /// call that asks for a message moves it to the robust queue called `dead_letter`, which is
    /// created along with this one if necessary. The two options must be set together.
    ///
    /// If the message cannot be moved because that queue is full, too small or gone, it is
    /// delivered nevertheless: nothing is lost. A death in the middle of moving may leave it in
    /// that queue twice.
    unsigned max_attempts = 0;
    std::string_view dead_letter = {};

    /// Does not reserve the memory: creation is quick and cheap for a large queue that is seldom
    /// full, but when /dev/shm is full, a later send() dies of SIGBUS. Required above 1 GiB.
    bool sparse = false;

    /// Accepts a queue of any owner, as root always does. Otherwise the owner must be this user or
    /// root, or the queue must belong to a group of this process and not be writable by other
    /// users; else PermissionsError, since the owner of a queue can put anything into it.
    bool any_owner = false;

    /// Ends each wait of this handle with ExistentialError within 1 s, once the object's name has
    /// been removed or is another object's (see is_linked()): for a service whose clients could not
    /// find it any more. Calls that need not wait still succeed. poll(2) does not show it.
    bool while_linked = false;

    /// How many times at most a wait of this handle looks, with a pause of the processor between
    /// two looks, before it yields and then sleeps. More looks shorten the response time and make a
    /// wait more expensive; 0 is best when both sides share one processor.
    unsigned spin = queue_spin_default;

    /// How many handles can be open at once, in all processes together: 1 to robust_handles_max.
    /// Each takes 32 bytes. Ignored when the queue exists.
    std::size_t max_handles = robust_handles_default;

    /// On every backend: user and group id of a new queue, as in chown(2), so that root can create
    /// it for a service. Without a value, those of this process. Ignored when the queue exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};

    /// The server that keeps the queue; null for this machine (see server.hpp). It must exist
    /// longer than the handle.
    Server* at = nullptr;
};

/// Counters of a robust queue.
struct MessageQueueStats {
    std::uint64_t sent = 0;          ///< messages, since the queue was created
    std::uint64_t received = 0;      ///< messages taken, or acknowledged
    std::uint64_t redelivered = 0;   ///< given back, or left behind by a dead consumer
    std::uint64_t dead_lettered = 0; ///< moved to the dead-letter queue
    std::uint64_t recoveries = 0;    ///< how often it was recovered, after a death or damage
    std::size_t quarantined = 0;     ///< slots out of use, whose content makes no sense
    std::size_t participants = 0;    ///< handles open now
};

/// A message's bytes and its priority, 0 to queue_priority_max.
struct Message {
    std::string body;      ///< may be empty
    unsigned priority = 0; ///< the highest comes first
};

/// What receive_into() put into the caller's buffer.
struct ReceivedMessage {
    std::size_t size = 0;  ///< in bytes
    unsigned priority = 0; ///< the highest comes first
};

/// A signal as a notification, see MessageQueue::request_notification(). A handler that was
/// installed with SA_SIGINFO gets SI_MESGQ as si_code and `value` as si_value.sival_ptr.
struct Signal {
    int number = 0;        ///< such as SIGUSR1
    void* value = nullptr; ///< passed on to the handler
};

/// What a request for notification does when an earlier one of this process is still pending.
enum class SecondRequest {
    replaces, ///< replaces the first in one step: no message in between is missed
    is_busy,  ///< throws BusyError, as mq_notify(3) does; the first stays
};

class MessageQueue;

namespace detail {
struct AtOnce;
class Queue;
Queue& queue_of(const MessageQueue& queue);
} // namespace detail

/// A handle on a named message queue, with the rules at the top of this file.
class CREX_EXPORT MessageQueue {
public:
    /// Opens or creates the queue called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// Throws ExistentialError when the queue is missing (the text says if the name exists on
    /// another backend), or when it exists and O_CREX was given; PermissionsError when its mode or
    /// owner forbids it; CorruptError when the object of that name is no such queue, or was never
    /// finished; Error when a limit of the system (ENOSPC, EMFILE) or max_handles (EUSERS) is
    /// reached; BusyError (robust backend) when a process that is removing the queue has been
    /// stopped in the middle of that for 10 s; std::invalid_argument for a bad name, flag, mode or
    /// size (the text names the kernel's limit and how to raise it, where that is the cause).
    explicit MessageQueue(Name name, int flags = 0, const MessageQueueOptions& options = {});

    /// Opens the queue like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<MessageQueue>
    try_open(Name name, int flags = 0, const MessageQueueOptions& options = {});

    MessageQueue(MessageQueue&&) noexcept;
    MessageQueue& operator=(MessageQueue&&) noexcept;
    MessageQueue(const MessageQueue&) = delete;
    MessageQueue& operator=(const MessageQueue&) = delete;

    /// Closes the handle. The queue keeps its messages.
    ~MessageQueue();

    /// Appends a message, which may be empty. Waits while the queue is full.
    ///
    /// Waiters are not served in FIFO order, neither here nor in receive(). A wake-up goes to the
    /// thread that has slept longest (on the boost backend, there is no order at all), but a thread
    /// that calls at that moment may be faster. On the posix backend, untimed calls stand in the
    /// kernel's line, and timed ones behind them.
    ///
    /// Throws BusyError when `timeout` passes first (or at once, see block()); StoppedError as
    /// Timeout says; SignalError when a signal handler without SA_RESTART ran during the wait;
    /// PermissionsError on a handle with write = false; ShutdownError after shutdown();
    /// CorruptError for a broken queue; std::invalid_argument for a message longer than
    /// max_message_size() or a priority above queue_priority_max.
    void send(std::span<const std::byte> body, Timeout timeout = {}, unsigned priority = 0);
    void send(std::string_view body, Timeout timeout = {}, unsigned priority = 0);

    /// Sends like send(), but returns false where that throws BusyError or StoppedError.
    [[nodiscard]] bool try_send(std::span<const std::byte> body, unsigned priority = 0);
    [[nodiscard]] bool try_send(std::string_view body, unsigned priority = 0);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::span<const std::byte> body,
                                    unsigned priority = 0);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::string_view body, unsigned priority = 0);

    /// Takes the oldest message of the highest priority. Waits while the queue is empty:
    /// `auto [body, priority] = queue.receive();`
    ///
    /// Throws BusyError, StoppedError, SignalError and CorruptError as send() does;
    /// PermissionsError on a handle with read = false; ShutdownError after shutdown(), once the
    /// queue is empty.
    [[nodiscard]] Message receive(Timeout timeout = {});

    /// Receives like receive(), but returns std::nullopt where that throws BusyError or
    /// StoppedError.
    [[nodiscard]] std::optional<Message> try_receive();
    [[nodiscard]] std::optional<Message> try_receive_for(Timeout timeout);

    /// Receives like receive(), but into `buffer` and without allocating. `buffer` must have room
    /// for max_message_size() bytes, else std::invalid_argument.
    ReceivedMessage receive_into(std::span<std::byte> buffer, Timeout timeout = {});
    [[nodiscard]] std::optional<ReceivedMessage> try_receive_into(std::span<std::byte> buffer,
                                                                  Timeout timeout = do_not_wait);

    /// Appends many messages, in order, at less cost than one by one: as many at a time as there is
    /// room for, waiting for more room as the timeout allows. Returns how many were sent, counted
    /// from the front: fewer than all if the timeout passed, or if an error occurred after the
    /// first. Throws as send() does, except BusyError and StoppedError, but only if nothing was
    /// sent. If a body is too long, nothing is sent.
    std::size_t send_many(std::span<const std::span<const std::byte>> bodies, Timeout timeout = {},
                          unsigned priority = 0);
    std::size_t send_many(std::span<const std::string_view> bodies, Timeout timeout = {},
                          unsigned priority = 0);

    /// Takes up to `at_most` messages that are there; waits only for the first. Returns an empty
    /// vector when the timeout passed first. Throws as receive() does, except BusyError and
    /// StoppedError, but only if nothing was taken.
    [[nodiscard]] std::vector<Message> receive_many(std::size_t at_most, Timeout timeout = {});

    /// Receives like receive_many(), but without allocating: bodies one after the other into
    /// `buffer`, their sizes and priorities into `received`. Takes no more than fit. `buffer` must
    /// have room for max_message_size() bytes, else std::invalid_argument. Returns how many were
    /// taken; 0 when the timeout passed first.
    [[nodiscard]] std::size_t receive_many_into(std::span<std::byte> buffer,
                                                std::span<ReceivedMessage> received,
                                                Timeout timeout = {});

    // The functions from here to repair() are for the robust backend, and all but loan(),
    // try_loan() and repair() for a server; elsewhere they throw Error (ENOTSUP).

    /// Returns room for a message of `size` bytes, to be written in place (see loan.hpp). Waits
    /// while the queue is full. Throws as send() does.
    [[nodiscard]] Loan loan(std::size_t size, Timeout timeout = {});
    [[nodiscard]] std::optional<Loan> try_loan(std::size_t size, Timeout timeout = do_not_wait);

    /// Returns the message that receive() would take, to be read in place and then acknowledged or
    /// given back (see loan.hpp). Waits while the queue is empty. Throws as receive() does.
    [[nodiscard]] Lease lease(Timeout timeout = {});
    [[nodiscard]] std::optional<Lease> try_lease(Timeout timeout = do_not_wait);

    /// Returns a copy of the first message, which stays in the queue; std::nullopt when there is
    /// none. It is the message that receive() would take, unless that would move it to the dead
    /// letters. Throws PermissionsError on a handle with read = false.
    [[nodiscard]] std::optional<Message> peek() const;

    /// Returns the counters now.
    [[nodiscard]] MessageQueueStats stats() const;

    /// Shuts the queue down permanently, for every process: from now on send() throws
    /// ShutdownError, and so does receive() once what was sent before has been received.
    void shutdown();

    /// Whether the queue was shut down.
    [[nodiscard]] bool is_shut_down() const;

    /// Makes a queue that throws CorruptError usable again, with every message that can be saved.
    /// Slots whose content makes no sense stay out of use. Does no harm to an intact queue.
    void repair();

    /// Whether calls wait; true at first. While false, they behave as if every timeout were zero.
    /// Unlike posix_ipc, it belongs to this handle alone.
    [[nodiscard]] bool block() const;
    void block(bool whether);

    /// The values with which the queue was created.
    [[nodiscard]] std::size_t max_messages() const;
    [[nodiscard]] std::size_t max_message_size() const;

    /// Returns how many messages are waiting now. The number may have changed before the caller
    /// looks at it.
    [[nodiscard]] std::size_t current_messages() const;

    /// Returns what the queue is made of.
    [[nodiscard]] Backend backend() const;

    /// Returns the kernel's descriptor on the posix backend, for mq_getattr(3) and similar
    /// functions; -1 on the other backends and once closed. It belongs to this handle: the caller
    /// must not close it.
    [[nodiscard]] int mqd() const noexcept;

    /// Returns a descriptor for poll(2), epoll(7) and select(2). It is readable while there is a
    /// message, or once the queue was shut down, whichever process sends and receives. Then call
    /// try_receive(): another receiver may have been faster, and after a death it may be readable
    /// although there is no message. The descriptor belongs to this handle and is the same at each
    /// call: the caller must not read, write or close it.
    ///
    /// posix    The kernel's own. Writable while there is room.
    /// robust   A FIFO beside the queue, /dev/shm/crex-poll.INODE, with the queue's permissions.
    ///          Writable while there is room. The first call of any process creates it. From then
    ///          on senders and receivers share their locks, and a message to an empty queue costs
    ///          one system call more. What a dead process held comes back when a call looks for
    ///          deaths; poll(2) does not look. The FIFO is removed with the last user of an
    ///          unlinked queue, and stays if that user is killed.
    /// boost    A thread of this process looks every 50 ms, and misses what comes and goes between
    ///          two looks. A forked child must call ready_fd() again.
    /// remote   Notified by the server. It may show a message that another process has taken, until
    ///          the next call of this handle that finds none.
    [[nodiscard]] int ready_fd() const;

    /// Requests one notification of this process: when a message comes into the queue while it is
    /// empty and no receiver waits. It is a signal to this process, or a call of `function` in a
    /// new thread; an exception that leaves `function` terminates the process. Modelled on
    /// mq_notify(3).
    ///
    /// A notification ends the request. For another one, first request again and then receive until
    /// nothing is left, so that no message is missed. On robust and boost, a call that returns
    /// without a message because another thread held the queue's lock counts as "nothing left": a
    /// notification follows for the message that it did not get.
    ///
    /// Only one request can be pending per queue, across all processes: if another process has one,
    /// BusyError. A second request of this process, through any handle, replaces the first or
    /// throws BusyError, as `second` says; posix_ipc replaces, but with a gap in between. The
    /// request ends with its process, and when the handle is closed through which it was made or,
    /// if it replaced others, the handle of the first. A forked child does not inherit it.
    ///
    /// Throws std::invalid_argument for a number that is no signal, and for an empty function.
    /// Signal handlers must not call it.
    ///
    /// posix    The kernel's own, shared with programs that use C. Closing *any* of a process's
    ///          handles on the queue ends its request. Replacing one takes two steps: a message
    ///          that comes in between is not notified.
    /// robust   A thread watches the queue as if it polled (see ready_fd()). If a waiting receiver
    ///          is stopped, the notification comes 0.2 s late. After a death, a message that comes
    ///          into a queue that was not empty may be notified.
    /// boost    A thread looks, every 50 ms when nothing happens. It misses a message that comes
    ///          and goes between two looks, and that *other processes* emptied the queue between
    ///          two looks. If a waiting receiver is stopped, the notification comes 0.2 s late.
    ///          Only receivers of crex and Boost count as waiting.
    /// remote   As the header of the server's class says.
    void request_notification(Signal signal, SecondRequest second = SecondRequest::replaces);
    void request_notification(std::function<void()> function,
                              SecondRequest second = SecondRequest::replaces);

    /// Takes back this process's request, through any handle. A message whose send() returned
    /// before is still notified; on the posix backend only by a signal, since a function that has
    /// not begun there is dropped with the request.
    void request_notification();

    /// Returns which object it is, as inspect_message_queue() does for the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by any means,
    /// or is another object's: processes that open it now do not reach this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Closes the handle. Every later call but name(), mqd() and unlink() throws ExistentialError;
    /// on the robust backend, so do the calls in which other threads wait now. Closing again does
    /// nothing. The last user of a queue with Lifetime::until_unused waits up to 10 s for a process
    /// that is stopped while it opens the queue.
    void close() noexcept;

    /// Removes the name. Processes that have the queue open can go on using it; a new queue may
    /// take the name.
    ///
    /// Throws ExistentialError when the name is not there; PermissionsError when it is another
    /// user's; BusyError (robust backend) when another process that is removing the queue has been
    /// stopped in the middle of that for 10 s.
    void unlink();

private:
    friend struct detail::AtOnce;
    friend detail::Queue& detail::queue_of(const MessageQueue& queue);
    struct Impl;
    explicit MessageQueue(std::unique_ptr<Impl> impl) noexcept;
    struct Use;
    Use use(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the queue called `name` on `backend`, without opening it. Throws as unlink() does, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_message_queue(std::string_view name, Backend backend = Backend::robust);

/// Removes the queue called `name` at a server. Ends it for the processes that have it open, too:
/// their calls throw ExistentialError.
CREX_EXPORT void unlink_message_queue(std::string_view name, Server& at);

} // namespace crex
