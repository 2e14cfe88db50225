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

// A bounded buffer for one producer and one consumer: a ring of bytes in shared memory. It is the
// fastest way to pass records of any length from one process to another, in order.
//
//     crex::Ring ring{"/samples", crex::o_creat, {.capacity = 1 << 20}};
//
//     crex::RingProducer out = ring.producer();       crex::RingConsumer in = ring.consumer();
//     fill(out.reserve(size));                        use(in.peek());
//     out.commit();                                   in.consume();
//
// A Ring is a handle. The ring and its records outlive the handle and the process, until unlink().
// To put records in or take them out, a process must take one of the two roles: producer() and
// consumer() give each to one handle at a time, among all processes. A role is free again when it
// is closed, and when its process dies in any way. Another process can take it then, and continues
// where the previous one stopped.
//
// What a kill does: a producer's record is in the ring, whole, once commit() or send() has stored
// one word, and before that not at all. A consumer's record is out of the ring once consume() or
// receive() has stored one word; if the consumer dies before, the next one gets that record again.
// So no half-written record is ever seen, and no record is lost that was not consumed. No byte that
// another process of the same trust writes into the memory makes a process crash or read out of
// bounds: if the memory makes no sense, CorruptError is thrown.
//
// Threads: any number of threads may use a Ring at once, except for close() and moving. A
// RingProducer and a RingConsumer must be used by one thread at a time; to end a wait from outside,
// use a stop token. Neither takes a lock. A producer waits only for room, a consumer only for
// records, so a stopped process delays no other process. Signal handlers must not call them.
//
// Fork: a forked child may go on using a Ring, whatever other threads of the parent do at that
// moment, and take a role that is free. Roles stay with the parent: on the child's copy of one,
// calls throw ExistentialError, and spans that it gave must not be used. (A child of a bare
// clone(2) keeps the parent's role occupied until it executes a program or ends.) If a process
// takes a role when it may not open the ring's file any more (it has dropped its privileges), it
// must not close any descriptor of that file, else another process can take the role, too.
//
// What it does not do: more than one producer or consumer at a time, and priorities; a MessageQueue
// does.

namespace crex {

namespace detail {
struct AtOnce;
struct RingCore;
} // namespace detail

class RingProducer;
class RingConsumer;

/// How a ring is created, and how this handle uses it.
struct RingOptions {
    /// Permission bits of a new ring, as in chmod(2); the umask does not apply. Ignored when the
    /// ring exists. Using a ring requires read *and* write permission: without them, not even the
    /// process that created it can take a role.
    unsigned mode = 0600;

    /// How many bytes of records the ring holds: at least 1 and at most ring_capacity_max, rounded
    /// up to a power of two and to a page. Each record takes its size, rounded up to a multiple of
    /// 16. Ignored when the ring exists.
    std::size_t capacity = ring_capacity_default;

    /// How many records the ring holds, at least; at most ring_records_max. Each takes 8 bytes
    /// besides `capacity`. 0 is one record for each 64 bytes of capacity, less two; a ring of
    /// smaller records needs more. Ignored when the ring exists.
    std::size_t max_records = 0;

    /// Does not reserve the memory: creation is quick and cheap for a large ring that is seldom
    /// full, but when /dev/shm is full, a producer later dies of SIGBUS. Required above 1 GiB.
    /// Ignored when the ring exists.
    bool sparse = false;

    /// Accepts a ring of any owner, as root always does. Otherwise the owner must be this user or
    /// root, or the ring must belong to a group of this process and not be writable by other users;
    /// else PermissionsError, since the owner of a ring can put anything into it.
    bool any_owner = false;

    /// Ends each wait of this handle with ExistentialError within 1 s, once the object's name has
    /// been removed or is another object's (see is_linked()): for a service whose clients could not
    /// find it any more. Calls that need not wait still succeed.
    bool while_linked = false;

    /// How many times at most a wait of a role taken through this handle looks, with a pause of the
    /// processor between two looks, before it yields and then sleeps. More looks shorten the
    /// response time and make a wait more expensive; 0 is best when both sides share one processor.
    /// With spin_forever a wait neither yields nor sleeps, and no signal ends it: for two sides
    /// with a processor each.
    unsigned spin = queue_spin_default;

    /// User and group id of a new ring, as in chown(2), so that root can create it for a service.
    /// Without a value, those of this process. Ignored when the ring exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

/// A handle on a named ring, with the rules at the top of this file.
class CREX_EXPORT Ring {
public:
    /// Opens or creates the ring called `name`, as `flags` says (see open_flags.hpp).
    ///
    /// Throws ExistentialError when the ring is missing, or when it exists and O_CREX was given;
    /// PermissionsError when its mode or owner forbids it; CorruptError when the object of that
    /// name is no ring; BusyError when a process that is removing the ring has been stopped in the
    /// middle of that for 10 s; Error when a limit of the system is reached (ENOSPC, ENOMEM,
    /// EMFILE); std::invalid_argument for a bad name, flag, mode or size.
    explicit Ring(Name name, int flags = 0, const RingOptions& options = {});

    /// Opens the ring like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<Ring> try_open(Name name, int flags = 0,
                                                      const RingOptions& options = {});

    Ring(Ring&&) noexcept;
    Ring& operator=(Ring&&) noexcept;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Closes the handle. The ring keeps its records, and roles taken through the handle stay
    /// usable.
    ~Ring();

    /// Takes the role, which keeps the ring open by itself.
    ///
    /// Throws BusyError (EBUSY) while a living process has the role, also if it is this process;
    /// CorruptError when the ring's memory makes no sense.
    [[nodiscard]] RingProducer producer();
    [[nodiscard]] RingConsumer consumer();

    /// Takes the role like producer() or consumer(), but returns std::nullopt where that throws
    /// BusyError.
    [[nodiscard]] std::optional<RingProducer> try_producer();
    [[nodiscard]] std::optional<RingConsumer> try_consumer();

    /// Whether a process has the role now. To find out whether a stream has ended, first call this
    /// and then look for a record: a producer commits its records before it leaves.
    [[nodiscard]] bool has_producer() const;
    [[nodiscard]] bool has_consumer() const;

    /// Ends the stream permanently, for every process: from now on a producer's calls throw
    /// ShutdownError, and so do a consumer's once it has consumed what was committed before. The
    /// producer must call it after its last record. If another process calls it while a record is
    /// being committed, that record may still come after the end, and stays.
    void shutdown();

    /// Whether the stream was ended.
    [[nodiscard]] bool is_shut_down() const;

    /// The values with which the ring was created, as they were rounded. The largest record has as
    /// many bytes as the ring.
    [[nodiscard]] std::size_t capacity() const;
    [[nodiscard]] std::size_t max_records() const;

    /// Returns how many records are in the ring now. The number may have changed before the caller
    /// looks at it.
    [[nodiscard]] std::size_t current_records() const;

    /// Returns which object it is, as inspect_ring() does for the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by any means,
    /// or is another object's: processes that open it now do not reach this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Closes the handle. Every later call but name() and unlink() throws ExistentialError; closing
    /// again does nothing.
    void close() noexcept;

    /// Removes the name. Processes that have the ring open can go on using it; a new ring may take
    /// the name.
    ///
    /// Throws ExistentialError when the name is not there; PermissionsError when it is another
    /// user's; BusyError when another process that is removing the ring has been stopped in the
    /// middle of that for 10 s.
    void unlink();

private:
    explicit Ring(std::shared_ptr<detail::RingCore> core) noexcept;
    [[nodiscard]] const std::shared_ptr<detail::RingCore>& opened(const char* function) const;

    std::string name_;
    std::shared_ptr<detail::RingCore> core_; // null once closed
};

/// The role that puts records in.
class CREX_EXPORT RingProducer {
public:
    RingProducer(RingProducer&&) noexcept;
    RingProducer& operator=(RingProducer&&) noexcept;
    RingProducer(const RingProducer&) = delete;
    RingProducer& operator=(const RingProducer&) = delete;

    /// Gives up the role. Records that were reserved and not committed are dropped.
    ~RingProducer();

    /// Appends a copy of a record, which may be empty. Waits while there is no room. The record is
    /// committed at once, and with it all that were reserved before.
    ///
    /// Throws BusyError when `timeout` passes first; StoppedError as Timeout says; SignalError when
    /// a signal handler without SA_RESTART ran during the wait; ShutdownError after
    /// Ring::shutdown(); CorruptError when the ring's memory makes no sense; std::invalid_argument
    /// for a record longer than the ring.
    void send(std::span<const std::byte> record, Timeout timeout = {});
    void send(std::string_view record, Timeout timeout = {});

    /// Sends like send(), but returns false where that throws BusyError or StoppedError.
    [[nodiscard]] bool try_send(std::span<const std::byte> record, Timeout timeout = do_not_wait);
    [[nodiscard]] bool try_send(std::string_view record, Timeout timeout = do_not_wait);

    /// Returns room for a record of `size` bytes, to be written in place: in one piece, and aligned
    /// for any type (16 bytes). Its content is unspecified at first. Several records may be
    /// reserved, and written in any order, before one commit(). The room belongs to this process
    /// until commit() or cancel().
    ///
    /// Waits and throws as send() does. If only a commit() could make the room, throws Error
    /// (EDEADLK) instead of waiting.
    [[nodiscard]] std::span<std::byte> reserve(std::size_t size, Timeout timeout = {});
    [[nodiscard]] std::optional<std::span<std::byte>> try_reserve(std::size_t size,
                                                                  Timeout timeout = do_not_wait);

    /// Shortens the record that was reserved last, when its size becomes known only later. Throws
    /// std::invalid_argument when the record is not that long, or none is reserved.
    void shrink(std::size_t size);

    /// Passes all reserved records to the consumer, in the order of their reservation. This is one
    /// store: the consumer gets all of them or, if this process is killed before, none. Does
    /// nothing when there are none. Throws ShutdownError after Ring::shutdown().
    void commit();

    /// Drops the reserved records.
    void cancel();

    /// Whether a process has the other role now.
    [[nodiscard]] bool has_consumer() const;

    /// The ring's name. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Gives up the role. Every later call but name() throws ExistentialError; closing again does
    /// nothing.
    void close() noexcept;

private:
    friend class Ring;
    friend struct detail::AtOnce;
    struct Impl;
    explicit RingProducer(std::unique_ptr<Impl> impl) noexcept;
    Impl& used(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// The role that takes records out, oldest first.
class CREX_EXPORT RingConsumer {
public:
    /// The bytes of a record, to read in place.
    using Record = std::span<const std::byte>;

    RingConsumer(RingConsumer&&) noexcept;
    RingConsumer& operator=(RingConsumer&&) noexcept;
    RingConsumer(const RingConsumer&) = delete;
    RingConsumer& operator=(const RingConsumer&) = delete;

    /// Gives up the role. Records that were not consumed stay in the ring.
    ~RingConsumer();

    /// Returns the oldest record, in place. Waits while there is none. The record stays in the
    /// ring, for this process to read, until consume(): each peek shows it again until it has been
    /// consumed.
    ///
    /// Throws BusyError when `timeout` passes first; StoppedError as Timeout says; SignalError when
    /// a signal handler without SA_RESTART ran during the wait; ShutdownError after
    /// Ring::shutdown(), once the ring is empty; CorruptError when the ring's memory makes no
    /// sense.
    [[nodiscard]] Record peek(Timeout timeout = {});
    [[nodiscard]] std::optional<Record> try_peek(Timeout timeout = do_not_wait);

    /// Fills `records` with the oldest records, as many as there are and fit; waits only for the
    /// first. Returns how many; 0 when the timeout passed first. Otherwise throws as peek() does.
    [[nodiscard]] std::size_t peek_many(std::span<Record> records, Timeout timeout = {});

    /// Takes the first `count` of the records that the last peek showed out of the ring, with one
    /// store. Throws std::invalid_argument when the peek showed fewer, or they have been consumed.
    void consume(std::size_t count = 1);

    /// Takes a copy of the oldest record. Waits while there is none. Throws as peek() does.
    [[nodiscard]] std::string receive(Timeout timeout = {});
    [[nodiscard]] std::optional<std::string> try_receive(Timeout timeout = do_not_wait);

    /// Receives like receive(), but into `buffer` and without allocating; returns the record's
    /// size. Throws Error (EMSGSIZE) when the record does not fit; it stays in the ring then.
    std::size_t receive_into(std::span<std::byte> buffer, Timeout timeout = {});
    [[nodiscard]] std::optional<std::size_t> try_receive_into(std::span<std::byte> buffer,
                                                              Timeout timeout = do_not_wait);

    /// See Ring::has_producer().
    [[nodiscard]] bool has_producer() const;

    /// The ring's name. Known even after close().
    [[nodiscard]] const std::string& name() const;

    /// Gives up the role. Every later call but name() throws ExistentialError; closing again does
    /// nothing.
    void close() noexcept;

private:
    friend class Ring;
    friend struct detail::AtOnce;
    struct Impl;
    explicit RingConsumer(std::unique_ptr<Impl> impl) noexcept;
    Impl& used(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the ring called `name`, without opening it. Throws as unlink() does, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_ring(std::string_view name);

} // namespace crex
