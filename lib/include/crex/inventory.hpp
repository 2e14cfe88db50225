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

// What exists under a name or at all, who is using it, and what is left over.
//
// Looking is harmless: an object's bytes are read, never mapped, so that no file, whatever is in it
// and however it changes meanwhile, can hurt who looks; and nothing is opened for use. Only
// remove() and remove_if_stale() change anything.
//
// Who uses an object is found by the file's device and inode in /proc/PID/maps and /proc/PID/fd of
// every process, since names tell nothing: a semaphore's creator, for one, maps a name that is gone
// at once. crex's own objects are better known: whoever takes part in one holds a lock on its file
// (lib/LAYOUT.md), which also tells of processes that are out of sight. Of any other file in
// /dev/shm and of a kernel queue, the kernel tells its owner and root (CAP_LEASE) whether anybody
// has it: a descriptor on its way in a socket counts, and so does a process in another namespace.
// Only a descriptor opened with O_PATH does not.
//
// Of others' files, where the kernel does not tell, nobody can find a descriptor that is on its way
// in a socket, one that only io_uring has, or one in a table that a thread has for itself
// (unshare(2) with CLONE_FILES).

namespace crex {

/// What the system says of a named object.
struct ObjectInfo {
    ObjectId id;
    unsigned owner = 0; ///< user id
    unsigned mode = 0;  ///< permission bits
    /// Nothing where the file system does not keep it, as for the kernel's queues.
    std::optional<std::chrono::system_clock::time_point> created;
};

/// Who has an object open or mapped.
struct Users {
    std::vector<int> pids;

    /// False when some process could not be looked into (another user's, or in a PID namespace out
    /// of sight): then "nobody" only means "nobody we can see".
    bool complete = false;
};

/// What has that name; nothing when there is none, or what there is cannot be such an object (a
/// directory, a symbolic link). Nothing is read of what is in it: any shared memory of that name
/// may be a queue of the boost backend. Throws std::invalid_argument for a bad name,
/// PermissionsError where looking is forbidden (a kernel queue can be looked at by its readers).
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_semaphore(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_robust_semaphore(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_shared_memory(std::string_view name);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_message_queue(std::string_view name,
                                                                          Backend backend);
[[nodiscard]] CREX_EXPORT std::optional<ObjectInfo> inspect_ring(std::string_view name);

/// Every process that has the object open or mapped now, this one included. Reads all of /proc:
/// milliseconds, not microseconds.
[[nodiscard]] CREX_EXPORT Users users_of(ObjectId id);

/// What sort of object it is, with the word that to_string() has for it.
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

[[nodiscard]] CREX_EXPORT std::string_view to_string(ObjectKind kind);

/// Whether it is crex's own, and says by itself who takes part in it.
[[nodiscard]] CREX_EXPORT bool is_robust(ObjectKind kind);

enum class ObjectState {
    in_use,  ///< "in-use": a living process has it
    stale,   ///< "stale": it is certain that none has, though one may come back to its name. Looked
             ///< at twice, 50 ms apart, since programs unmap memory before they remove its name
    unknown, ///< "unknown": none was found, but neither the object nor the kernel tells, and not
             ///< every process could be looked into
};

[[nodiscard]] CREX_EXPORT std::string_view to_string(ObjectState state);

/// A process that uses an object.
struct ObjectUser {
    int pid = 0;             ///< 0 for one out of sight: only its lock, or the kernel, tells of it
    bool maps = false;       ///< it has the object in its address space
    bool has_open = false;   ///< it has a descriptor of it
    bool takes_part = false; ///< it has a handle on a robust object

    friend bool operator==(const ObjectUser&, const ObjectUser&) = default;
};

/// An object, as far as it could be looked at. What it has not got, or what could not be read, is
/// nothing.
struct Object {
    ObjectKind kind = ObjectKind::shared_memory;

    /// As its functions want it, with a slash: "/name". A System V object's number: "3".
    std::string name;

    /// Whether the name leads to it. What was unlinked while a process had it is listed as long as
    /// one has, under the name by which it was opened ("/#7" if it was made without one), and not
    /// without InventoryOptions::users.
    bool is_linked = true;

    ObjectId id; ///< of a System V object, device 0 and its number

    unsigned owner = 0;                ///< user id
    unsigned mode = 0;                 ///< permission bits
    std::optional<std::uint32_t> key;  ///< System V's; 0 is IPC_PRIVATE
    std::optional<std::uint64_t> size; ///< of the file, or of a System V object, in bytes

    /// A semaphore's; of a System V set, that of its only semaphore.
    std::optional<std::uint64_t> value;

    /// A queue's; of a ring, its records.
    std::optional<std::uint64_t> messages;
    std::optional<std::uint64_t> max_messages;
    std::optional<std::uint64_t> max_message_size;

    /// How many messages, or records, were ever put in and taken out. Only robust objects count
    /// them. One of them seen twice gives a rate.
    std::optional<std::uint64_t> sent;
    std::optional<std::uint64_t> received;

    /// How many wait for a semaphore. A robust object only knows whether there may be any who
    /// sleep: 1 or 0.
    std::optional<std::uint64_t> waiters;

    /// When it was made; of a System V object, when that or its settings were last changed.
    std::optional<std::chrono::system_clock::time_point> created;

    ObjectState state = ObjectState::unknown;
    std::vector<ObjectUser> users; ///< those that were found

    /// A queue that has messages, or had when its last user died, or cannot be looked into.
    bool may_have_content = false;

    /// What is wrong with it, "the message queue's header is damaged"; mostly empty.
    std::string problem;
};

/// All objects, and what kept it from being all.
struct Inventory {
    std::vector<Object> objects;

    /// "kernel queues cannot be listed: ...", in words. Empty when the list is complete.
    std::vector<std::string> limitations;

    /// Whether every process could be looked into, so that "nobody uses it" could be certain.
    bool saw_all_processes = false;
};

struct InventoryOptions {
    /// Look at the processes, too. Without, only what objects say themselves is known of their
    /// users and states: much faster.
    bool users = true;
};

/// Looks at every object there is, and once at every process. Throws nothing of its own.
[[nodiscard]] CREX_EXPORT Inventory list_objects(const InventoryOptions& options = {});

/// What a process is, as far as it can be seen.
struct ProcessDetails {
    unsigned owner = 0; ///< user id
    std::optional<std::chrono::system_clock::time_point> started;
    std::string command; ///< its arguments, separated by spaces; "[name]" if it has none
};

/// Nothing when there is none, or it is out of sight.
[[nodiscard]] CREX_EXPORT std::optional<ProcessDetails> describe_process(int pid);

/// How trying to remove an object ended.
enum class Removal {
    removed,
    gone,     ///< it was not there any more; what may have its name now is another
    in_use,   ///< somebody uses it, by now
    unproven, ///< nobody was found, but that does not prove it
};

/// Removes the object if it is stale and still the one that was looked at: never one that somebody
/// made anew under its name, never one in use.
///
/// A robust object cannot be opened while this decides. For the others there is no such lock:
///
/// - A file in /dev/shm is moved aside, to /crex-aside.N.FILE, is looked at again, and put back if
///   somebody has it. For 0.2 ms its name is not there; where the kernel does not tell who has it,
///   for the milliseconds in which all processes are looked into. If somebody has made another one
///   by then, it stays aside, and that is an Error (EEXIST). Called for one that was left aside and
///   is in use, this puts it back.
/// - While the kernel is asked, open(2) of the file waits, some microseconds; with O_NONBLOCK it
///   fails with EWOULDBLOCK.
/// - A kernel queue cannot be moved; it is looked at once more just before it is removed.
/// - System V's shared memory is freed by the kernel when the last one lets go of it, so whoever
///   attaches it at this moment keeps it.
///
/// Throws PermissionsError when removing is not allowed, Error when the system cannot.
CREX_EXPORT Removal remove_if_stale(const Object& object);

/// Removes the object whoever uses it, if it is still the one that was looked at: answers removed
/// or gone. What remains of it for those who have it open is as unlink(2) and IPC_RMID have it.
/// Throws as remove_if_stale().
CREX_EXPORT Removal remove(const Object& object);

} // namespace crex
