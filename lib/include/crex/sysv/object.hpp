// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <crex/export.hpp>
#include <crex/open_flags.hpp>

// What System V semaphores, shared memory and message queues have in common (sysvipc(7)).
//
// An object lives in the kernel, in this process's IPC namespace, until remove() or a restart of
// the machine. It is found by a key and used by an id, which the kernel assigns. A handle is this
// pair of numbers: it has nothing to close, its destructor does nothing, and a copy is equivalent
// to it. ipcs(1) lists objects, ipcrm(1) removes them.
//
// Flags are those of open_flags.hpp, as everywhere in crex: o_creat for IPC_CREAT, o_excl for
// IPC_EXCL, O_CREX for sysv_ipc's IPC_CREX. The macros of <sys/ipc.h> have other values and throw
// std::invalid_argument.
//
// Threads: any number of threads may use one handle at once; a handle must not be assigned to while
// another thread uses it.
//
// Fork: a forked child may go on using its copy of a handle, and has its own copy of each
// attachment. It does not have what semaphores undo for its parent (Operation::undo), and a copy of
// a RemoveOnDestroy removes nothing in it.

namespace crex::detail {
struct Call;
struct KeyAndId;
} // namespace crex::detail

namespace crex::sysv {

/// The key by which an object is found: any number that its users have agreed on; ipc_private for
/// an object that cannot be found; or std::nullopt, with O_CREX only, for a random key that is not
/// in use, as None in sysv_ipc. The handle's key() returns the key that was chosen.
using Key = std::optional<std::int32_t>;

/// IPC_PRIVATE: each time creates a new object, to be shared by its id, or with forked children.
/// Requires o_creat or O_CREX.
inline constexpr std::int32_t ipc_private = 0;

/// ftok(3): returns a key made of a file's inode and device and of `id`, 1 to 255. The file must
/// exist, and be the same file for all processes that need the same key.
///
/// Different files can have the same key, since it contains only 16 bits of the inode and 8 of the
/// device: other programs may use that key. A number of your own is as good. Unlike sysv_ipc, it
/// does not warn each time.
///
/// Throws ExistentialError when there is no such file; PermissionsError when it cannot be
/// inspected; std::invalid_argument for another id (the C library ignores all but eight bits).
[[nodiscard]] CREX_EXPORT std::int32_t ftok(const std::string& path, int id);

/// The owner and creator of an object, and its permissions.
struct Access {
    unsigned mode = 0; ///< permission bits
    unsigned uid = 0;
    unsigned gid = 0;
    unsigned creator_uid = 0; ///< sysv_ipc's cuid
    unsigned creator_gid = 0; ///< sysv_ipc's cgid
};

/// When something last happened; no value when it never did. The kernel counts in seconds.
using Moment = std::optional<std::chrono::system_clock::time_point>;

/// A handle, of any kind. If the object was removed, calls throw ExistentialError (EIDRM), and so
/// do calls that wait for it at that moment.
class CREX_EXPORT Object {
public:
    /// Returns the key; ipc_private (zero) for a private object.
    [[nodiscard]] std::int32_t key() const noexcept { return key_; }

    /// Returns the kernel's id, as ipcs(1) shows it.
    [[nodiscard]] int id() const noexcept { return id_; }

    /// Require read permission, else PermissionsError.
    [[nodiscard]] Access access() const;
    [[nodiscard]] unsigned mode() const { return access().mode; }

    /// Change mode or owner, as chmod(2) and chown(2) do. A uid or gid of ~0U stays as it is. Throw
    /// PermissionsError unless the process is the owner's, the creator's or root's, and has read
    /// permission (the kernel sets everything at once); std::invalid_argument for a mode that is
    /// not within 0777, and for a user or group that does not exist in this user namespace.
    void mode(unsigned mode);
    void owner(unsigned uid, unsigned gid);

    /// Removes the object. Semaphores and queues are gone at once, for every process, and calls
    /// that wait for them throw ExistentialError; memory is gone with its last attachment.
    ///
    /// Throws ExistentialError when the object was removed before, PermissionsError when it is
    /// another user's.
    void remove();

protected:
    enum class Kind : unsigned char { semaphore, semaphore_set, shared_memory, message_queue };

    Object(Kind kind, const detail::KeyAndId& found);

    // The id with its key. Throws ExistentialError when there is no such object.
    static detail::KeyAndId found_by_id(Kind kind, int id);

    [[nodiscard]] detail::Call call(const char* function) const;

private:
    std::int32_t key_;
    int id_;
    Kind kind_;
    std::array<char, 32> text_{}; // "key 0x0000002a, id 7", for what()
};

/// Remove an object by its id, as ipcrm(1) does. Throw as remove() does.
CREX_EXPORT void remove_semaphore(int id); // or a set of them
CREX_EXPORT void remove_shared_memory(int id);
CREX_EXPORT void remove_message_queue(int id);

} // namespace crex::sysv
