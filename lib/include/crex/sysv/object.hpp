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
// the machine. It is found by a key and used by an id, which the kernel gives it. A handle is that
// pair of numbers: it has nothing to close, its destructor does nothing, and copies of it are as
// good as it is. ipcs(1) shows what there is, ipcrm(1) removes it.
//
// Flags are those of open_flags.hpp, as for everything else in crex: o_creat for IPC_CREAT, o_excl
// for IPC_EXCL, O_CREX for sysv_ipc's IPC_CREX. The macros of <sys/ipc.h> have other values and are
// refused.
//
// Threads: any number may use one handle at once; assigning to it wants it to itself. A forked
// child may go on using its copy.

namespace crex::detail {
struct Call;
struct KeyAndId;
} // namespace crex::detail

namespace crex::sysv {

/// By what an object is found: any number that its users have agreed on; ipc_private for one that
/// nobody finds; or std::nullopt, with O_CREX only, for a random key that is not in use, as None in
/// sysv_ipc. The handle's key() tells which it became.
using Key = std::optional<std::int32_t>;

/// IPC_PRIVATE: makes a new object each time, to be shared by its id, or with forked children.
/// Takes o_creat or O_CREX.
inline constexpr std::int32_t ipc_private = 0;

/// ftok(3): a key made of a file's inode and device and of `id`, 1 to 255. The file has to be
/// there, and be the same one, for all who want the same key.
///
/// Different files can have the same key, since 8 and 16 bits of the numbers are all that it takes:
/// with it goes no promise that nobody else uses the key. A number of your own is as good. Unlike
/// sysv_ipc, it does not warn each time.
///
/// Throws ExistentialError when there is no such file, PermissionsError when it cannot be looked
/// at, std::invalid_argument for another id (the C library ignores all but eight bits).
[[nodiscard]] CREX_EXPORT std::int32_t ftok(const std::string& path, int id);

/// Who owns an object, who made it, and who else may use it.
struct Access {
    unsigned mode = 0; ///< permission bits
    unsigned uid = 0;
    unsigned gid = 0;
    unsigned creator_uid = 0; ///< sysv_ipc's cuid
    unsigned creator_gid = 0; ///< sysv_ipc's cgid
};

/// When something happened last; nothing when it never did. The kernel counts in seconds.
using Moment = std::optional<std::chrono::system_clock::time_point>;

/// A handle, of any kind. Calls on an object that was removed throw ExistentialError (EIDRM), and
/// so do those that wait for it at that moment.
class CREX_EXPORT Object {
public:
    /// The key; ipc_private (zero) for a private object.
    [[nodiscard]] std::int32_t key() const noexcept { return key_; }

    /// The kernel's id, as ipcs(1) shows it.
    [[nodiscard]] int id() const noexcept { return id_; }

    /// Takes read permission, else PermissionsError.
    [[nodiscard]] Access access() const;
    [[nodiscard]] unsigned mode() const { return access().mode; }

    /// As chmod(2) and chown(2): only for the owner, the creator and root, else PermissionsError;
    /// and only with read permission, since the kernel takes everything at once. A uid or gid of
    /// ~0U stays as it is. std::invalid_argument for a mode that is not within 0777, and for a user
    /// or group that does not exist in this user namespace.
    void mode(unsigned mode);
    void owner(unsigned uid, unsigned gid);

    /// Removes the object. Semaphores and queues are gone at once, for everybody, and whoever waits
    /// for them gets ExistentialError; memory is, when its last attachment is.
    ///
    /// Throws ExistentialError when it was removed before, PermissionsError when it is another
    /// user's.
    void remove();

protected:
    enum class Kind : unsigned char { semaphore, semaphore_set, shared_memory, message_queue };

    Object(Kind kind, const detail::KeyAndId& found);

    // Its key, if there is such an object.
    static detail::KeyAndId found_by_id(Kind kind, int id);

    [[nodiscard]] detail::Call call(const char* function) const;

private:
    std::int32_t key_;
    int id_;
    Kind kind_;
    std::array<char, 32> text_{}; // "key 0x0000002a, id 7", for what()
};

/// Remove an object by its id, as ipcrm(1) does. Throw what remove() throws.
CREX_EXPORT void remove_semaphore(int id); // or a set of them
CREX_EXPORT void remove_shared_memory(int id);
CREX_EXPORT void remove_message_queue(int id);

} // namespace crex::sysv
