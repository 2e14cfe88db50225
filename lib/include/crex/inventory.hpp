// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crex/export.hpp>
#include <crex/message_queue.hpp>
#include <crex/object_id.hpp>

// Inspection: what exists under a name or at all, which processes use it, and what is left over.
//
// Inspection is harmless: an object's bytes are read, never mapped, so no file, whatever its
// content and however it changes at that moment, can harm the process that inspects it; and no
// object is opened for use. Only remove() and remove_if_stale() change anything.
//
// The users of an object are found by the file's device and inode in /proc/PID/maps and
// /proc/PID/fd of every process. Names are not enough: a semaphore's creator, for example, maps a
// file whose name is gone at once. For crex's own objects there is more: each participant holds a
// lock on the object's file (lib/LAYOUT.md), which also shows processes that are out of sight. For
// any other file in /dev/shm, and for a kernel queue, the kernel tells its owner and root
// (CAP_LEASE) whether it is open or mapped. This includes a descriptor that is being passed through
// a socket, and a process in another namespace, but not a descriptor opened with O_PATH.
//
// For other users' files, where the kernel does not tell, three kinds of descriptors cannot be
// found: one that is being passed through a socket, one that only io_uring has, and one in a table
// that a thread has for itself (unshare(2) with CLONE_FILES).

namespace crex {

/// What the system knows of a named object.
struct ObjectInfo {
    ObjectId id;        ///< which object it is
    unsigned owner = 0; ///< user id
    unsigned mode = 0;  ///< permission bits
    /// No value where the file system does not keep it, as for the kernel's queues.
    std::optional<std::chrono::system_clock::time_point> created;
};

/// The processes that have an object open or mapped.
struct Users {
    std::vector<int> pids; ///< one of each process

    /// False when some process could not be inspected (another user's, or in a PID namespace out of
    /// sight). Then an empty list only means that no visible process has the object.
    bool complete = false;
};

/// Return what has that name; std::nullopt when nothing has, or when it cannot be such an object (a
/// directory, a symbolic link). The content is not read: any shared memory of that name may be a
/// queue of the boost backend.
///
/// Throw std::invalid_argument for a bad name; PermissionsError where inspection is forbidden (of a
/// kernel queue, to all but its readers).
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_semaphore(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_shared_memory(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_message_queue(std::string_view name,
                                                                          Backend backend);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_message_queue(std::string_view name,
                                                                          Server& at);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name,
                                                                             Server& at);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_ring(std::string_view name);

/// Returns every process that has the object open or mapped now, this one included. Reads all of
/// /proc, which takes milliseconds, not microseconds.
[[nodiscard]] CREX_EXPORT Users users_of(ObjectId id);

/// The kind of an object, with the word that to_string() returns for it.
enum class ObjectKind {
    semaphore,          ///< "sem", of sem_open(3)
    shared_memory,      ///< "shm", of shm_open(3)
    kernel_queue,       ///< "mq", of mq_open(3)
    boost_queue,        ///< "boost-mq", known by what it begins with
    robust_semaphore,   ///< "crex-sem"
    robust_queue,       ///< "crex-mq"
    ring,               ///< "crex-ring"
    poll_fifo,          ///< "crex-poll", a FIFO whose robust queue has no name any more
    sysv_semaphores,    ///< "sysv-sem"
    sysv_shared_memory, ///< "sysv-shm"
    sysv_queue,         ///< "sysv-mq"
};

/// The word for a kind, as `crex ls` shows it.
[[nodiscard]] CREX_EXPORT std::string_view to_string(ObjectKind kind);

/// Whether objects of that kind are crex's own, and record their participants themselves.
[[nodiscard]] CREX_EXPORT bool is_robust(ObjectKind kind);

/// Whether a process uses an object, with the word that to_string() returns for it.
enum class ObjectState {
    in_use, ///< "in-use": a living process has the object
    stale,  ///< "stale": certainly no process has it, though one may come back to its name.
            ///< Checked twice, 50 ms apart, since programs unmap memory before they remove its name
    unknown, ///< "unknown": no user was found, but neither the object nor the kernel tells, and not
             ///< every process could be inspected
};

/// The word for a state.
[[nodiscard]] CREX_EXPORT std::string_view to_string(ObjectState state);

/// A process that uses an object.
struct ObjectUser {
    int pid = 0;             ///< 0 if it is out of sight, known by its lock or from the kernel
    bool maps = false;       ///< has the object in its address space
    bool has_open = false;   ///< has a descriptor of the object
    bool takes_part = false; ///< has a handle on a robust object

    friend bool operator==(const ObjectUser&, const ObjectUser&) = default;
};

/// An object, as far as it could be inspected. What an object does not have, or what could not be
/// read, has no value.
struct Object {
    /// What it is.
    ObjectKind kind = ObjectKind::shared_memory;

    /// As the object's own functions take it, with a slash: "/name". For a System V object its
    /// number: "3".
    std::string name;

    /// Whether the name leads to the object. An object that was unlinked is listed as long as a
    /// process has it, under the name by which it was opened ("/#7" if it was created without one),
    /// and only with InventoryOptions::users.
    bool is_linked = true;

    ObjectId id; ///< for a System V object: device 0, and its number as inode

    unsigned owner = 0;                ///< user id
    unsigned mode = 0;                 ///< permission bits
    std::optional<std::uint32_t> key;  ///< of a System V object; 0 is IPC_PRIVATE
    std::optional<std::uint64_t> size; ///< of the file, or of a System V object, in bytes

    /// Of a semaphore; of a System V set only if it has one semaphore.
    std::optional<std::uint64_t> value;

    /// Of a queue; for a ring, the number of records.
    std::optional<std::uint64_t> messages;
    std::optional<std::uint64_t> max_messages;
    std::optional<std::uint64_t> max_message_size;

    /// How many messages or records were ever put in and taken out. Only robust objects count them.
    /// Two inspections give a rate.
    std::optional<std::uint64_t> sent;
    std::optional<std::uint64_t> received;

    /// Of a robust queue, as in MessageQueueStats. A robust semaphore has only `recoveries`.
    std::optional<std::uint64_t> redelivered;
    std::optional<std::uint64_t> dead_lettered;
    std::optional<std::uint64_t> recoveries;
    std::optional<std::uint64_t> quarantined;

    /// How many threads wait for a semaphore. A robust object only knows whether there may be
    /// sleeping ones: 1 or 0.
    std::optional<std::uint64_t> waiters;

    /// When it was created; for a System V object, when it was created or its settings were last
    /// changed.
    std::optional<std::chrono::system_clock::time_point> created;

    /// Whether a process uses it.
    ObjectState state = ObjectState::unknown;
    std::vector<ObjectUser> users; ///< as far as they were found

    /// True for a queue or ring that has messages, or had when its last user died, or cannot be
    /// inspected.
    bool may_have_content = false;

    /// What is wrong with it, for example "the message queue's header is damaged"; empty if nothing
    /// is.
    std::string problem;
};

/// All objects, and the reasons why some may be missing.
struct Inventory {
    /// In no particular order.
    std::vector<Object> objects;

    /// The reasons, in words: "kernel queues cannot be listed: ...". Empty when the list is
    /// complete.
    std::vector<std::string> limitations;

    /// Whether every process could be inspected, so that it is certain which objects have no user.
    bool saw_all_processes = false;
};

/// How much list_objects() finds out.
struct InventoryOptions {
    /// Inspects the processes, too. Without this, only what objects record themselves is known of
    /// their users and states: much faster.
    bool users = true;

    /// Also asks the kernel whether a process has a file that keeps no record of its users. At that
    /// moment open(2) of the file waits some microseconds; with O_NONBLOCK it fails with
    /// EWOULDBLOCK. Without this, such a file is stale only if every process could be inspected.
    bool ask_kernel = true;
};

/// Inspects every object there is, and every process once. Throws no error of its own.
[[nodiscard]] CREX_EXPORT Inventory list_objects(const InventoryOptions& options = {});

/// What is visible of a process.
struct ProcessDetails {
    unsigned owner = 0; ///< user id
    std::optional<std::chrono::system_clock::time_point> started;
    std::string command; ///< its arguments, separated by spaces; "[name]" if it has none
};

/// Returns std::nullopt when there is no such process, or it is out of sight.
[[nodiscard]] CREX_EXPORT std::optional<ProcessDetails> describe_process(int pid);

/// The result of an attempt to remove an object.
enum class Removal {
    removed,  ///< it was removed
    gone,     ///< it no longer exists; its name may be another object's now
    in_use,   ///< a process uses it now
    unproven, ///< no user was found, but that is no proof
};

/// Removes the object if it is stale and still the one that was inspected. It never removes an
/// object that was created anew under its name, nor one in use.
///
/// A robust object cannot be opened while this call decides. For other objects there is no such
/// lock:
///
/// - A file in /dev/shm is moved aside, to /crex-aside.N.FILE, inspected again, and put back if a
///   process has it. Its name is missing for 0.2 ms or, where the kernel does not tell which
///   processes have the file, for the milliseconds in which all processes are inspected. If another
///   object has been created under the name by then, the file stays aside and the call throws Error
///   (EEXIST). If the call is made for a file that was left aside and is in use, it puts it back.
/// - While the kernel is asked, open(2) of the file waits some microseconds; with O_NONBLOCK it
///   fails with EWOULDBLOCK.
/// - A kernel queue cannot be moved; it is inspected once more just before it is removed.
/// - System V's shared memory is freed by the kernel with its last attachment, so a process that
///   attaches it at this moment keeps it.
///
/// Throws PermissionsError when removal is not allowed, Error when the system fails.
CREX_EXPORT Removal remove_if_stale(const Object& object);

/// Removes the object, also one in use, if it is still the one that was inspected. Returns removed
/// or gone. Processes that have it open keep what unlink(2) and IPC_RMID leave them. Throws as
/// remove_if_stale() does, and for a robust object BusyError when another process that is removing
/// it has been stopped in the middle of that for 10 s.
CREX_EXPORT Removal remove(const Object& object);

} // namespace crex
