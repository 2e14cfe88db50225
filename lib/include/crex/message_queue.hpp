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
#include <crex/timeout.hpp>

// Named queues of messages between processes: highest priority first, oldest first within one.
//
// A MessageQueue is a handle. The queue and what is in it outlive the handle and the process, until
// unlink(). What the queue is made of is its backend, chosen when it is opened or created; the
// behaviour described here is the same for each.
//
// Threads: any number may send and receive on one handle at once; moving wants it to itself, and so
// does close(), but for threads that wait in a call on the robust backend. A forked child may go on
// using its copy. Signal handlers must not call it: the thread they interrupt may hold the queue's
// lock (on the robust backend, that is an error and not a deadlock).

namespace crex {

/// What a message queue is made of.
enum class Backend {
    /// The shared structure of boost::interprocess::message_queue: for peers that use that, in a
    /// build with the same Boost layout and word size. Using it takes read and write permission.
    ///
    /// A crex process killed while it waits disturbs nobody. Killed inside Boost's critical
    /// section it leaves the queue broken, and every later call throws CorruptError, the first
    /// within about two seconds, whatever its timeout. A holder that is merely stopped is waited
    /// for as the timeout allows, and for 20 ms in any case: a lock in use is no reason to call a
    /// queue full or empty. One in another PID namespace is out of sight, and cannot be told from a
    /// dead one: stopped for a second, it counts as that. What crex cannot mend: a peer using Boost
    /// *directly* and killed while it waits leaves glibc's condition variable in a state in which
    /// the next notification, crex's too, hangs inside the C library.
    boost,

    /// The kernel's queue (mq_overview(7)): for peers that use C or Python's posix_ipc. Survives
    /// any kill, and is small: see /proc/sys/fs/mqueue.
    posix,

    /// crex's own, in shared memory: the fastest, and safe from kills. A message whose send()
    /// returned is delivered: to one receive(), and again to another if a consumer dies holding a
    /// lease on it. The unfinished call of a process that is killed may or may not have happened.
    /// No kill, and no byte another process of the same trust writes into the memory, makes a
    /// survivor hang, crash or read out of bounds. A process that is stopped (SIGSTOP) in the
    /// middle of a change delays the others' untimed calls until it goes on; timed ones keep their
    /// deadline, or wait 20 ms where that is more: a lock in use is no reason to call a queue full
    /// or empty. One that runs but holds a lock for 10 s without a change is CorruptError.
    ///
    /// After a death in the middle of a change, or with a loan or a lease, one call of a survivor
    /// puts the queue in order, and its deadline does not cut that short. It takes about 0.04 us
    /// for each slot that was ever used, and 0.4 us for each waiting message, 1 us at mixed
    /// priorities: 0.4 s for 2^20 messages.
    ///
    /// Not covered: truncating the file or locking its bytes from outside, a reboot, and a peer
    /// you would not trust with your data. Using it takes read and write permission.
    robust,
};

/// "boost", "posix" or "robust".
[[nodiscard]] CREX_EXPORT std::string_view to_string(Backend backend) noexcept;

/// When a queue's name goes away. A forked child's copy of a handle is a handle, from its birth on.
/// In /dev/shm a file can be removed by its owner only: where the last user is another one, the
/// name stays, and opening it throws PermissionsError.
enum class Lifetime {
    persistent,   ///< with unlink(), and not before
    until_unused, ///< when the last handle on it is closed, or its last user has died
};

struct MessageQueueOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got, whatever the umask.
    /// Ignored when the queue exists.
    unsigned mode = 0600;

    /// How many messages it holds and how many bytes each may have; both at least 1. Ignored,
    /// whatever they are, when the queue exists. The kernel lets ordinary users have no more than
    /// /proc/sys/fs/mqueue/msg_max and msgsize_max.
    std::size_t max_messages = queue_messages_max_default;
    std::size_t max_message_size = queue_message_size_max_default;

    /// What this handle may do. At least one; what it may not is PermissionsError.
    bool read = true;
    bool write = true;

    Backend backend = Backend::robust;

    // The rest is for the robust backend; on another one, what differs from the default is
    // std::invalid_argument. All but `spin`, `any_owner` and `while_linked` are ignored when the
    // queue exists.

    Lifetime lifetime = Lifetime::persistent;

    /// A message that was given back, or left behind by a consumer that died, this often is not
    /// delivered again but, when somebody asks for a message, moved to the robust queue called
    /// `dead_letter`, which is created along with this one if need be. Where that is not possible,
    /// because it is full or gone, it is delivered all the same: nothing is lost. A death in the
    /// middle of moving may leave it there twice. 0 to 255; 0 is as often as it takes.
    unsigned max_attempts = 0;
    std::string_view dead_letter = {};

    /// Promise memory rather than reserve it: quick and cheap for a large queue that is seldom
    /// full, but on a full /dev/shm a later send() dies of SIGBUS. Needed above 1 GiB.
    bool sparse = false;

    /// Use a queue whatever its owner, as root always does. Otherwise it must be this user's,
    /// root's, or open to a group that this process is in and closed to all others; else
    /// PermissionsError: the owner of a queue can put anything into it.
    bool any_owner = false;

    /// End each wait of this handle within a second, with ExistentialError, once the object's name
    /// has been removed or is another object's (see is_linked()): for a service whose clients would
    /// not find it any more. What can be had without waiting still is. poll(2) is not told.
    bool while_linked = false;

    /// How many times this handle looks, at most, with a pause of the processor in between, before
    /// a wait yields and then sleeps. More makes answers come sooner and waiting dearer; 0 is best
    /// when both sides share one processor.
    unsigned spin = queue_spin_default;

    /// How many handles it can have open at once, in all processes: 1 to robust_handles_max. Each
    /// takes 32 bytes. Ignored when it exists.
    std::size_t max_handles = robust_handles_default;

    /// On every backend: whose a new queue is, by user and group id, as in chown(2): so that root
    /// can make it for a service. Nothing is this process's own. Ignored when it exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

/// What a robust queue has seen.
struct MessageQueueStats {
    std::uint64_t sent = 0;          ///< messages, since the queue was made
    std::uint64_t received = 0;      ///< and taken, or acknowledged
    std::uint64_t redelivered = 0;   ///< given back, or left behind by a consumer that died
    std::uint64_t dead_lettered = 0; ///< moved to the dead-letter queue
    std::uint64_t recoveries = 0;    ///< times it was put in order after a death or a damage
    std::size_t quarantined = 0;     ///< rooms out of use because their content makes no sense
    std::size_t participants = 0;    ///< handles open now
};

/// A message's bytes and its priority, 0 to queue_priority_max.
struct Message {
    std::string body;
    unsigned priority = 0;
};

/// What receive_into() put into the caller's buffer.
struct ReceivedMessage {
    std::size_t size = 0;
    unsigned priority = 0;
};

/// A signal to be told by, see MessageQueue::request_notification(). A handler that was installed
/// with SA_SIGINFO gets SI_MESGQ as si_code and `value` as si_value.sival_ptr.
struct Signal {
    int number = 0;
    void* value = nullptr;
};

/// What asking to be told does when this process has asked before and was not told yet.
enum class SecondRequest {
    replaces, ///< the first, in one step: no message goes untold in between
    is_busy,  ///< BusyError, as mq_notify(3) has it, and the first stays
};

class MessageQueue;

namespace detail {
class Queue;
Queue& queue_of(const MessageQueue& queue);
} // namespace detail

class CREX_EXPORT MessageQueue {
public:
    /// Opens or creates the queue called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// Throws ExistentialError when it is missing (and says so if the name exists on another
    /// backend), or exists and O_CREX was asked for; PermissionsError when its mode forbids;
    /// CorruptError when what has that name is no such queue, or one that was never finished;
    /// Error when a limit of the system is reached (ENOSPC, EMFILE);
    /// BusyError (robust backend) when a process that is removing it has been stopped in the middle
    /// of that for 10 s;
    /// std::invalid_argument for a bad name, flag, mode or size, naming the kernel's limit and how
    /// to raise it where that is the cause.
    explicit MessageQueue(Name name, int flags = 0, const MessageQueueOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<MessageQueue>
    try_open(Name name, int flags = 0, const MessageQueueOptions& options = {});

    MessageQueue(MessageQueue&&) noexcept;
    MessageQueue& operator=(MessageQueue&&) noexcept;
    MessageQueue(const MessageQueue&) = delete;
    MessageQueue& operator=(const MessageQueue&) = delete;

    /// Closes the handle. The queue keeps its messages.
    ~MessageQueue();

    /// Appends a message, waiting while the queue is full. An empty one is a message too.
    ///
    /// Waiters are not served in FIFO order, neither here nor in receive(): a wake-up goes to the
    /// one that has slept longest (not on the boost backend, which has no order at all), but a
    /// thread that calls at that moment may be faster. On the posix backend, untimed calls stand in
    /// the kernel's line, and timed ones behind them.
    ///
    /// Throws BusyError when `timeout` passes first (or at once, see block()), SignalError when a
    /// signal handler without SA_RESTART ran during the wait, PermissionsError on a handle with
    /// write = false, std::invalid_argument for a message longer than max_message_size() or a
    /// priority above queue_priority_max, CorruptError for a broken queue.
    void send(std::span<const std::byte> body, Timeout timeout = {}, unsigned priority = 0);
    void send(std::string_view body, Timeout timeout = {}, unsigned priority = 0);

    /// The same, answering false where send() throws BusyError.
    [[nodiscard]] bool try_send(std::span<const std::byte> body, unsigned priority = 0);
    [[nodiscard]] bool try_send(std::string_view body, unsigned priority = 0);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::span<const std::byte> body,
                                    unsigned priority = 0);
    [[nodiscard]] bool try_send_for(Timeout timeout, std::string_view body, unsigned priority = 0);

    /// Takes the oldest message of the highest priority, waiting while the queue is empty:
    /// `auto [body, priority] = queue.receive();`
    ///
    /// Throws BusyError, SignalError and CorruptError as send() does, PermissionsError on a handle
    /// with read = false.
    [[nodiscard]] Message receive(Timeout timeout = {});

    /// The same, answering nothing where receive() throws BusyError.
    [[nodiscard]] std::optional<Message> try_receive();
    [[nodiscard]] std::optional<Message> try_receive_for(Timeout timeout);

    /// The same without allocating: into `buffer`, which must have room for max_message_size()
    /// bytes, else std::invalid_argument.
    ReceivedMessage receive_into(std::span<std::byte> buffer, Timeout timeout = {});
    [[nodiscard]] std::optional<ReceivedMessage> try_receive_into(std::span<std::byte> buffer,
                                                                  Timeout timeout = do_not_wait);

    /// Appends many, in order, at less cost than one by one: as many as there is room for at a
    /// time, waiting for more as the timeout allows. Answers how many it sent, counted from the
    /// front: less than all only when the timeout passed first. Throws as send() does, before
    /// anything is sent if a body is too long; SignalError only if nothing was sent.
    std::size_t send_many(std::span<const std::span<const std::byte>> bodies, Timeout timeout = {},
                          unsigned priority = 0);
    std::size_t send_many(std::span<const std::string_view> bodies, Timeout timeout = {},
                          unsigned priority = 0);

    /// Takes up to `at_most` messages that are there, waiting only for the first. Empty when the
    /// timeout passed first.
    [[nodiscard]] std::vector<Message> receive_many(std::size_t at_most, Timeout timeout = {});

    /// The same without allocating: bodies one after the other into `buffer`, their sizes and
    /// priorities into `received`. Takes no more than fit; `buffer` must have room for at least
    /// one of max_message_size() bytes. Answers how many; 0 when the timeout passed first.
    [[nodiscard]] std::size_t receive_many_into(std::span<std::byte> buffer,
                                                std::span<ReceivedMessage> received,
                                                Timeout timeout = {});

    // What follows is for the robust backend; on another one it throws Error (ENOTSUP).

    /// Room for a message of `size` bytes, to be written in place (see loan.hpp), waiting while the
    /// queue is full. Throws as send() does.
    [[nodiscard]] Loan loan(std::size_t size, Timeout timeout = {});
    [[nodiscard]] std::optional<Loan> try_loan(std::size_t size, Timeout timeout = do_not_wait);

    /// The message that receive() would take, to be read in place and then acknowledged or given
    /// back (see loan.hpp), waiting while the queue is empty. Throws as receive() does.
    [[nodiscard]] Lease lease(Timeout timeout = {});
    [[nodiscard]] std::optional<Lease> try_lease(Timeout timeout = do_not_wait);

    /// A copy of the first message, which stays where it is. Nothing when there is none. It is the
    /// one receive() would take, unless that would move it to the dead letters.
    [[nodiscard]] std::optional<Message> peek() const;

    [[nodiscard]] MessageQueueStats stats() const;

    /// Ends the conversation, for every process: from now on send() throws ShutdownError, and so
    /// does receive() once what was sent before has been received. It cannot be taken back.
    void shutdown();
    [[nodiscard]] bool is_shut_down() const;

    /// Makes a queue that throws CorruptError usable again, with every message that can be saved;
    /// rooms whose content makes no sense stay out of use. Does no harm to one that is whole.
    void repair();

    /// Whether send() and receive() wait (true at first). While false, they behave as if every
    /// timeout were zero. Unlike posix_ipc, it belongs to this handle alone.
    [[nodiscard]] bool block() const;
    void block(bool whether);

    [[nodiscard]] std::size_t max_messages() const;
    [[nodiscard]] std::size_t max_message_size() const;

    /// How many messages are waiting now. It may have changed before you look at the answer.
    [[nodiscard]] std::size_t current_messages() const;

    [[nodiscard]] Backend backend() const;

    /// The kernel's descriptor on the posix backend, for mq_getattr(3) and friends; -1 on the
    /// others and once closed. It is this handle's: do not close it.
    [[nodiscard]] int mqd() const noexcept;

    /// A descriptor for poll(2), epoll(7) and select(2): readable while there is a message (or the
    /// queue was shut down), whoever sends and takes. Then use try_receive(), since somebody else
    /// may have been quicker, and after a death it may be readable for nothing. It is this
    /// handle's, and the same at each call: do not read, write or close it.
    ///
    /// posix    The kernel's own. Writable while there is room.
    /// robust   The same, by a FIFO beside the queue, /dev/shm/crex-poll.INODE, from the first time
    ///          that anybody asks; it needs the queue's permissions. From then on both ends share
    ///          their locks, and messages to an empty queue cost a system call more. What somebody
    ///          dead held comes back when somebody looks, which polling is not. The FIFO goes with
    ///          the last user of an unlinked queue, and stays if that one is killed.
    /// boost    A thread of this process looks every 50 ms, and misses what comes and goes in
    ///          between. A forked child has to ask again.
    [[nodiscard]] int ready_fd() const;

    /// Asks to be told, once, when a message comes into the queue while it is empty and nobody
    /// waits for one: by a signal to this process, or by a call of `function` in a new thread,
    /// whose exceptions nobody catches. Being told ends the request, so to be told again, ask
    /// again; do that first and then receive until there is nothing left, and no message is missed.
    /// On robust and boost, a call that comes back empty-handed because somebody else held the
    /// queue's lock counts as "nothing left": you are told of what it did not get.
    ///
    /// Of all processes, one may have asked at a time: BusyError when another has. A second request
    /// of this process, through whichever handle, replaces the first, as `second` says; unlike
    /// posix_ipc, where it is BusyError. The request ends, too, when a handle is closed that it was
    /// made with, or that it replaced a request of, and with its process; a forked child does not
    /// inherit it. Throws std::invalid_argument for no signal or an empty function. mq_notify(3) is
    /// where this comes from. Not to be called by a signal handler.
    ///
    /// posix    The kernel's own, which also tells who uses C. There, closing *any* of a process's
    ///          handles on the queue ends its request, and replacing one takes two steps: a message
    ///          that comes in between goes untold.
    /// robust   A thread stands by, as if it polled (see ready_fd()). It tells late, by a fifth of
    ///          a second, when the one that waits is stopped; and after a death it may tell of a
    ///          message that comes into a queue that was not empty.
    /// boost    A thread looks, every 50 ms when nothing happens. What has come and gone between
    ///          two looks it misses, and so it does that *others* have emptied the queue in
    ///          between. Only crex's and Boost's own receivers count as waiting.
    void request_notification(Signal signal, SecondRequest second = SecondRequest::replaces);
    void request_notification(std::function<void()> function,
                              SecondRequest second = SecondRequest::replaces);

    /// Takes this process's request back, whichever handle it was made with. It is still told of a
    /// message whose send() returned before; on the posix backend only by a signal, since there a
    /// function may not have begun yet, and goes with the request.
    void request_notification();

    /// Which object it is, as inspect_message_queue() says of the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by whatever
    /// means, or is another object's: processes that open it now do not meet this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Lets go of the queue. Every later call but name() and unlink() throws ExistentialError, and
    /// on the robust backend so does one in which another thread is waiting now; closing again does
    /// nothing. The last user of a queue with Lifetime::until_unused waits up to 10 s for a process
    /// that is stopped while it opens the queue.
    void close() noexcept;

    /// Removes the name. Those who have the queue open go on; a new one may take the name.
    ///
    /// Throws ExistentialError when the name is not there, PermissionsError when it is another
    /// user's, BusyError (robust backend) when a process that is removing the queue, too, has been
    /// stopped in the middle of that for 10 s.
    void unlink();

private:
    friend detail::Queue& detail::queue_of(const MessageQueue& queue);
    struct Impl;
    explicit MessageQueue(std::unique_ptr<Impl> impl) noexcept;
    struct Use;
    Use use(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the queue called `name` on `backend`, without opening it. Throws what unlink() throws,
/// and std::invalid_argument for a bad name.
CREX_EXPORT void unlink_message_queue(std::string_view name, Backend backend = Backend::robust);

} // namespace crex
