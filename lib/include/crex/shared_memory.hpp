// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <crex/export.hpp>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/open_flags.hpp>

// Named memory shared between processes.
//
// A SharedMemory is a handle on an open POSIX shared memory object; a Mapping makes its bytes
// visible. Both are independent: a mapping outlives the handle it came from, and the object
// outlives both, until unlink(). shm_open(3), Python's posix_ipc and multiprocessing.shared_memory,
// and boost::interprocess::shared_memory_object open it by the same name.
//
// Threads: calls that do not change the handle may run at once; close_fd() and moving want it to
// themselves. A forked child keeps handle and mapping, sharing the same bytes.
//
// What it does not do: order or guard accesses. Bytes that two processes touch at once want a
// Semaphore, or std::atomic_ref.

namespace crex::sysv {
class SharedMemory;
}

namespace crex {

struct SharedMemoryOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got, whatever the umask.
    /// Ignored when the memory exists.
    unsigned mode = 0600;

    /// Bytes. Zero leaves the size as it is: that of an existing object, or nothing for a new one.
    /// Another number makes the object that long, new or not; new bytes are zero. Shrinking kills
    /// (SIGBUS) whoever touches what is no longer there.
    std::size_t size = 0;

    /// Open for reading only. A new object is still made with its size.
    bool read_only = false;

    /// Promise `size` bytes without reserving them. By default they are reserved now and a full
    /// /dev/shm is an error (ENOSPC); a sparse object is instant at any size, and a full /dev/shm
    /// is SIGBUS on first touch.
    bool sparse = false;

    /// Whose a new object is, by user and group id, as in chown(2): so that root can make it for a
    /// service. Nothing is this process's own. Ignored when it exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

struct MapOptions {
    /// Where in the object to begin, in bytes; any number, page-aligned or not.
    std::size_t offset = 0;

    /// How many bytes; zero means up to the end.
    std::size_t length = 0;

    /// Map for reading only. Implied by a read-only handle.
    bool read_only = false;

    /// Set the page tables up now rather than at first touch.
    bool populate = false;
};

/// Bytes of a SharedMemory in this process's address space, from map() until destroyed.
///
/// Movable; spans taken from it stay valid over a move and end with it. One that was moved from is
/// empty.
class CREX_EXPORT Mapping {
public:
    Mapping(Mapping&&) noexcept;
    Mapping& operator=(Mapping&&) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    /// The bytes, to read and write. Throws PermissionsError on a read-only mapping.
    [[nodiscard]] std::span<std::byte> bytes();

    /// The bytes, to read.
    [[nodiscard]] std::span<const std::byte> bytes() const;

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool read_only() const noexcept;

private:
    friend class SharedMemory;
    friend class sysv::SharedMemory;
    struct Impl;
    explicit Mapping(std::unique_ptr<Impl> impl) noexcept;

    std::unique_ptr<Impl> impl_;
};

class CREX_EXPORT SharedMemory {
public:
    /// Opens or creates the memory called `name`, as `flags` says (see open_flags.hpp); o_trunc
    /// forgets its content first.
    ///
    /// A new object appears under its name with its mode and its size, or not at all.
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError when its mode forbids; Error (ENOSPC) when there is no room for it;
    /// CorruptError when the name belongs to something that is no memory (a FIFO, say);
    /// std::invalid_argument for a bad name, flag, mode or size, and for resizing through a
    /// read-only handle.
    explicit SharedMemory(Name name, int flags = 0, const SharedMemoryOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<SharedMemory>
    try_open(Name name, int flags = 0, const SharedMemoryOptions& options = {});

    SharedMemory(SharedMemory&&) noexcept;
    SharedMemory& operator=(SharedMemory&&) noexcept;
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    /// Closes the descriptor. Mappings stay, and nothing is removed.
    ~SharedMemory();

    /// Maps all of it, or the part that `options` say.
    ///
    /// Throws std::invalid_argument for a part that is not wholly inside (touching what lies
    /// beyond would be SIGBUS) or is empty; ExistentialError once closed. A read-only handle maps
    /// read-only, whatever `options` say.
    [[nodiscard]] Mapping map(const MapOptions& options = {}) const;

    /// The descriptor, for mmap(2), fstat(2) and friends; -1 once closed. It is this handle's:
    /// do not close it (see release_fd()). Zero is a valid descriptor. Closed on exec.
    [[nodiscard]] int fd() const noexcept;

    /// The size now, in bytes; another process may change it.
    [[nodiscard]] std::size_t size() const;

    /// Which object it is, as inspect_shared_memory() says of the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by whatever
    /// means, or is another object's: processes that open it now do not meet this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close_fd().
    [[nodiscard]] const std::string& name() const;

    /// Closes the descriptor. map() and size() then throw ExistentialError; mappings stay valid.
    void close_fd() noexcept;

    /// Gives the descriptor away: the caller closes it, and the handle is as after close_fd(). This
    /// is for posix_ipc's `os.close(memory.fd)`, and for calls that take a descriptor over. -1 when
    /// the handle was closed before.
    [[nodiscard]] int release_fd() noexcept;

    /// Removes the name. Handles and mappings go on working; a new object may take the name.
    ///
    /// Throws ExistentialError when the name is not there, PermissionsError when it is another
    /// user's.
    void unlink();

private:
    struct Impl;
    explicit SharedMemory(std::unique_ptr<Impl> impl) noexcept;
    Impl& opened(const char* function) const; // throws when closed

    std::unique_ptr<Impl> impl_;
};

/// Removes the memory called `name`, without opening it. Throws what unlink() throws, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_shared_memory(std::string_view name);

} // namespace crex
