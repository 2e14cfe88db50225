// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <crex/export.hpp>
#include <crex/limits.hpp>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/open_flags.hpp>
#include <crex/timeout.hpp>

// The bounded buffer of one producer and one consumer, as a ring of bytes in shared memory: the
// fastest way for records of any length to get from one process to another, in their order.
//
//     crex::Ring ring{"/samples", crex::o_creat, {.capacity = 1 << 20}};
//
//     crex::RingProducer out = ring.producer();       crex::RingConsumer in = ring.consumer();
//     fill(out.reserve(size));                        use(in.peek());
//     out.commit();                                   in.consume();
//
// A Ring is a handle. The ring and the records in it outlive the handle and the process, until
// unlink(). To put records in or take them out, a process takes one of its two roles: producer()
// and consumer() give out each to one handle at a time, among all processes. A role comes back when
// it is closed, and when its process dies, however it dies; somebody else may take it then, and
// goes on where the other left off.
//
// What a kill does: a producer's record is in the ring once commit() or send() has stored one word,
// whole, and before that not at all. A consumer's record is out of the ring once consume() or
// receive() has stored one word; if it dies before, the next consumer gets that record again. So
// nothing half-written is ever seen, and nothing is lost that was not consumed. No byte that
// another process of the same trust writes into the memory makes anybody crash or read out of
// bounds: what makes no sense is CorruptError.
//
// Threads: any number may use a Ring at once, but for close() and moving. A RingProducer and a
// RingConsumer are for one thread at a time; to end a wait from outside, use a stop token. Neither
// takes any lock or waits for the other's process, other than for room or records, so a stopped one
// delays nobody. Not for signal handlers.
//
// fork: a Ring goes on in the child. Roles stay with the parent, where they were: in the child a
// copy of one is closed. (A child made by a bare clone(2) keeps the parent's role from others until
// it executes a program or ends.)
//
// What it does not do: more than one producer or consumer at a time, and priorities; a MessageQueue
// does.

namespace crex {

namespace detail {
struct RingCore;
} // namespace detail

class RingProducer;
class RingConsumer;

struct RingOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got, whatever the umask.
    /// Ignored when the ring exists. Using it takes read *and* write permission: without them, not
    /// even the process that created the ring can take a role.
    unsigned mode = 0600;

    /// How many bytes of records it holds: at least 1 and at most ring_capacity_max, rounded up to
    /// a power of two and to a page. Each record takes its size, rounded up to a multiple of 16.
    /// Ignored when the ring exists.
    std::size_t capacity = ring_capacity_default;

    /// How many records it holds, at least: each takes 8 bytes besides `capacity`. 0 is one for
    /// each 64 bytes of capacity, less two; rings of smaller records want more. At most
    /// ring_records_max. Ignored when the ring exists.
    std::size_t max_records = 0;

    /// Promise memory rather than reserve it: quick and cheap for a large ring that is seldom full,
    /// but on a full /dev/shm a producer later dies of SIGBUS. Needed above 1 GiB. Ignored when the
    /// ring exists.
    bool sparse = false;

    /// Use a ring whatever its owner, as root always does. Otherwise it must be this user's,
    /// root's, or open to a group that this process is in and closed to all others; else
    /// PermissionsError: the owner of a ring can put anything into it.
    bool any_owner = false;

    /// End each wait of this handle within a second, with ExistentialError, once the object's name
    /// has been removed or is another object's (see is_linked()): for a service whose clients would
    /// not find it any more. What can be had without waiting still is. poll(2) is not told.
    bool while_linked = false;

    /// How many times roles taken through this handle look, at most, with a pause of the processor
    /// in between, before a wait yields and then sleeps. More makes answers come sooner and waiting
    /// dearer; 0 is best when both sides share one processor. With spin_forever a wait never
    /// yields nor sleeps, and no signal ends it: for two sides with a processor each.
    unsigned spin = queue_spin_default;

    /// Whose a new object is, by user and group id, as in chown(2): so that root can make it for a
    /// service. Nothing is this process's own. Ignored when it exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

class CREX_EXPORT Ring {
public:
    /// Opens or creates the ring called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError when its mode forbids, or its owner is not one to trust; CorruptError when
    /// what has that name is no ring; Error when a limit of the system is reached (ENOSPC, ENOMEM,
    /// EMFILE); std::invalid_argument for a bad name, flag, mode or size.
    explicit Ring(Name name, int flags = 0, const RingOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<Ring> try_open(Name name, int flags = 0,
                                                      const RingOptions& options = {});

    Ring(Ring&&) noexcept;
    Ring& operator=(Ring&&) noexcept;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Closes the handle. The ring keeps its records, and roles taken through it go on.
    ~Ring();

    /// Takes the role. It keeps the ring open by itself.
    ///
    /// Throws BusyError (EBUSY) while somebody who lives has it, in whatever process, this one
    /// included; CorruptError when the ring's memory makes no sense.
    [[nodiscard]] RingProducer producer();
    [[nodiscard]] RingConsumer consumer();

    /// The same, answering nothing where those throw BusyError.
    [[nodiscard]] std::optional<RingProducer> try_producer();
    [[nodiscard]] std::optional<RingConsumer> try_consumer();

    /// Whether anybody has the role now. To see whether a stream has come to its end, ask this
    /// first and then whether there is a record: what a producer committed, it did before it left.
    [[nodiscard]] bool has_producer() const;
    [[nodiscard]] bool has_consumer() const;

    /// Ends the stream, for every process: from now on a producer's calls throw ShutdownError, and
    /// so do a consumer's once it has consumed what was committed before. It cannot be taken back.
    /// Whoever is the producer calls it after its last record; called by others while a record is
    /// being committed, that one may still come after the end, and stays.
    void shutdown();
    [[nodiscard]] bool is_shut_down() const;

    /// As they came to be. The largest record has as many bytes as the ring.
    [[nodiscard]] std::size_t capacity() const;
    [[nodiscard]] std::size_t max_records() const;

    /// How many records are in it now. It may have changed before you look at the answer.
    [[nodiscard]] std::size_t current_records() const;

    /// Which object it is, as inspect_ring() says of the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by whatever
    /// means, or is another object's: processes that open it now do not meet this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Lets go of the ring. Every later call but name() and unlink() throws ExistentialError;
    /// closing again does nothing.
    void close() noexcept;

    /// Removes the name. Those who have the ring open go on; a new one may take the name.
    ///
    /// Throws ExistentialError when the name is not there, PermissionsError when it is another
    /// user's, BusyError when a process that is removing the ring, too, has been stopped in
    /// the middle of that for 10 s.
    void unlink();

private:
    explicit Ring(std::shared_ptr<detail::RingCore> core) noexcept;
    [[nodiscard]] const std::shared_ptr<detail::RingCore>& opened(const char* function) const;

    std::string name_;
    std::shared_ptr<detail::RingCore> core_; // null once closed
};

/// Puts records in.
class CREX_EXPORT RingProducer {
public:
    RingProducer(RingProducer&&) noexcept;
    RingProducer& operator=(RingProducer&&) noexcept;
    RingProducer(const RingProducer&) = delete;
    RingProducer& operator=(const RingProducer&) = delete;

    /// Gives the role up. What was reserved and not committed never was.
    ~RingProducer();

    /// Appends a record, by copy, waiting while there is no room. An empty one is a record too. It
    /// is committed at once, and with it what was reserved before.
    ///
    /// Throws BusyError when `timeout` passes first, StoppedError, SignalError when a signal
    /// handler without SA_RESTART ran during the wait, ShutdownError after Ring::shutdown(),
    /// CorruptError, std::invalid_argument for a record longer than the ring.
    void send(std::span<const std::byte> record, Timeout timeout = {});
    void send(std::string_view record, Timeout timeout = {});

    /// The same, answering false where send() throws BusyError or StoppedError.
    [[nodiscard]] bool try_send(std::span<const std::byte> record, Timeout timeout = do_not_wait);
    [[nodiscard]] bool try_send(std::string_view record, Timeout timeout = do_not_wait);

    /// Room for a record of `size` bytes, to be written in place: in one piece, and aligned for any
    /// type (16 bytes). What is in it at first is unspecified. Several may be reserved, and written
    /// in any order, before one commit(). It is this process's until commit() or cancel().
    ///
    /// Waits and throws as send() does, and throws Error (EDEADLK) rather than wait for room that
    /// could only come of commit().
    [[nodiscard]] std::span<std::byte> reserve(std::size_t size, Timeout timeout = {});
    [[nodiscard]] std::optional<std::span<std::byte>> try_reserve(std::size_t size,
                                                                  Timeout timeout = do_not_wait);

    /// Makes the record reserved last shorter, for when its size is known only now.
    /// std::invalid_argument when it is not that long, or none is reserved.
    void shrink(std::size_t size);

    /// Gives all reserved records to the consumer, in the order in which they were reserved: with
    /// one store, so that it gets all of them or, if this process is killed before, none. Does
    /// nothing when there are none. Throws ShutdownError.
    void commit();

    /// Gives up what is reserved.
    void cancel();

    [[nodiscard]] bool has_consumer() const;

    /// The ring's. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Gives the role up. Every later call but name() throws ExistentialError; closing again does
    /// nothing.
    void close() noexcept;

private:
    friend class Ring;
    struct Impl;
    explicit RingProducer(std::unique_ptr<Impl> impl) noexcept;
    Impl& used(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Takes records out, oldest first.
class CREX_EXPORT RingConsumer {
public:
    using Record = std::span<const std::byte>;

    RingConsumer(RingConsumer&&) noexcept;
    RingConsumer& operator=(RingConsumer&&) noexcept;
    RingConsumer(const RingConsumer&) = delete;
    RingConsumer& operator=(const RingConsumer&) = delete;

    /// Gives the role up. What was not consumed stays.
    ~RingConsumer();

    /// The oldest record, in place, waiting while there is none. It stays in the ring, and is this
    /// process's to read, until consume(); a record is seen again until it has been consumed.
    ///
    /// Throws BusyError when `timeout` passes first, StoppedError, SignalError when a signal
    /// handler without SA_RESTART ran during the wait, ShutdownError after Ring::shutdown() when
    /// nothing is left, CorruptError.
    [[nodiscard]] Record peek(Timeout timeout = {});
    [[nodiscard]] std::optional<Record> try_peek(Timeout timeout = do_not_wait);

    /// The oldest ones, as many as there are and `records` has room for, waiting only for the
    /// first. Answers how many; 0 when the timeout passed first.
    [[nodiscard]] std::size_t peek_many(std::span<Record> records, Timeout timeout = {});

    /// Takes the first `count` of the records shown by the last peek out of the ring, with one
    /// store. std::invalid_argument when it showed fewer, or they have been consumed.
    void consume(std::size_t count = 1);

    /// Takes the oldest record, by copy, waiting while there is none. Throws as peek() does.
    [[nodiscard]] std::string receive(Timeout timeout = {});
    [[nodiscard]] std::optional<std::string> try_receive(Timeout timeout = do_not_wait);

    /// The same without allocating: into `buffer`; answers the record's size. Throws Error
    /// (EMSGSIZE) when the record does not fit, which stays where it is.
    std::size_t receive_into(std::span<std::byte> buffer, Timeout timeout = {});
    [[nodiscard]] std::optional<std::size_t> try_receive_into(std::span<std::byte> buffer,
                                                              Timeout timeout = do_not_wait);

    /// See Ring::has_producer().
    [[nodiscard]] bool has_producer() const;

    /// The ring's. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Gives the role up. Every later call but name() throws ExistentialError; closing again does
    /// nothing.
    void close() noexcept;

private:
    friend class Ring;
    struct Impl;
    explicit RingConsumer(std::unique_ptr<Impl> impl) noexcept;
    Impl& used(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the ring called `name`, without opening it. Throws what unlink() throws, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_ring(std::string_view name);

} // namespace crex
