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
// visible. The two are independent: a mapping outlives the handle from which it came, and the
// object outlives both, until unlink(). shm_open(3), Python's posix_ipc and
// multiprocessing.shared_memory, and boost::interprocess::shared_memory_object open it by the same
// name.
//
// Threads: calls that do not change the handle may run at once. A handle must not be moved or
// closed while another thread uses it.
//
// Fork: a forked child has its own copies of handles and mappings, which lead to the same bytes,
// whatever other threads of the parent do at that moment. Closing or unmapping them in one process
// changes nothing in the other.
//
// What it does not do: order or guard accesses. If two processes access the same bytes at once, use
// a Semaphore, or std::atomic_ref.

namespace crex::sysv {
class SharedMemory;
}

namespace crex {

/// How memory is created and opened.
struct SharedMemoryOptions {
    /// Permission bits of a new object, as in chmod(2); the umask does not apply. Ignored when the
    /// object exists.
    unsigned mode = 0600;

    /// In bytes. Zero keeps the size of an existing object, and makes a new one empty. Any other
    /// number makes the object that long, new or not; new bytes are zero. Shrinking kills (SIGBUS)
    /// every process that touches bytes that are no longer there.
    std::size_t size = 0;

    /// Opens for reading only. A new object still gets its size.
    bool read_only = false;

    /// Does not reserve the `size` bytes. By default they are reserved now, and a full /dev/shm is
    /// an Error (ENOSPC). A sparse object is created instantly at any size, but when /dev/shm is
    /// full, the first touch of a page is SIGBUS.
    bool sparse = false;

    /// User and group id of a new object, as in chown(2), so that root can create it for a service.
    /// Without a value, those of this process. Ignored when the object exists.
    std::optional<unsigned> owner = {};
    std::optional<unsigned> group = {};
};

/// Which part is mapped, and how.
struct MapOptions {
    /// Where in the object the mapping begins, in bytes; any number, page-aligned or not.
    std::size_t offset = 0;

    /// How many bytes to map; zero means up to the end.
    std::size_t length = 0;

    /// Maps for reading only. Implied by a read-only handle.
    bool read_only = false;

    /// Sets up the page tables now instead of at the first touch.
    bool populate = false;
};

/// Bytes of a SharedMemory in this process's address space, from map() until destroyed.
///
/// Movable: spans taken from a mapping stay valid when it is moved, and end with it. A mapping that
/// was moved from is empty.
class CREX_EXPORT Mapping {
public:
    Mapping(Mapping&&) noexcept;
    Mapping& operator=(Mapping&&) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    /// Returns the bytes, to read and write. Throws PermissionsError on a read-only mapping.
    [[nodiscard]] std::span<std::byte> bytes();

    /// Returns the bytes, to read.
    [[nodiscard]] std::span<const std::byte> bytes() const;

    /// In bytes; and whether the bytes can only be read.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool read_only() const noexcept;

private:
    friend class SharedMemory;
    friend class sysv::SharedMemory;
    struct Impl;
    explicit Mapping(std::unique_ptr<Impl> impl) noexcept;

    std::unique_ptr<Impl> impl_;
};

/// A handle on named shared memory, with the rules at the top of this file.
class CREX_EXPORT SharedMemory {
public:
    /// Opens or creates the memory called `name`, as `flags` says (see open_flags.hpp); o_trunc
    /// first drops its content. A new object appears under its name with its mode and size, or not
    /// at all.
    ///
    /// Throws ExistentialError when the memory is missing, or when it exists and O_CREX was given;
    /// PermissionsError when its mode forbids it; Error (ENOSPC) when there is no room for it;
    /// CorruptError when the name belongs to something that is no memory (a FIFO, for example);
    /// std::invalid_argument for a bad name, flag, mode or size, and for resizing through a
    /// read-only handle.
    explicit SharedMemory(Name name, int flags = 0, const SharedMemoryOptions& options = {});

    /// Opens the memory like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<SharedMemory>
    try_open(Name name, int flags = 0, const SharedMemoryOptions& options = {});

    SharedMemory(SharedMemory&&) noexcept;
    SharedMemory& operator=(SharedMemory&&) noexcept;
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    /// Closes the descriptor. Mappings stay, and nothing is removed.
    ~SharedMemory();

    /// Maps the whole object, or the part that `options` say. A read-only handle maps read-only,
    /// whatever `options` say.
    ///
    /// Throws std::invalid_argument for a part that is empty or not wholly inside (touching bytes
    /// beyond the end would be SIGBUS); ExistentialError once closed.
    [[nodiscard]] Mapping map(const MapOptions& options = {}) const;

    /// Returns the descriptor, for mmap(2), fstat(2) and similar calls; -1 once closed. Zero is a
    /// valid descriptor. It belongs to this handle: the caller must not close it (see
    /// release_fd()). It is closed on exec.
    [[nodiscard]] int fd() const noexcept;

    /// Returns the size now, in bytes; another process may change it.
    [[nodiscard]] std::size_t size() const;

    /// Returns which object it is, as inspect_shared_memory() does for the name.
    [[nodiscard]] ObjectId id() const;

    /// Whether the name still leads to this object. False once the name was removed, by any means,
    /// or is another object's: processes that open it now do not reach this handle.
    [[nodiscard]] bool is_linked() const;

    /// The name, with its slash. Known even after close_fd().
    [[nodiscard]] const std::string& name() const;

    /// Closes the descriptor. map() and size() then throw ExistentialError; mappings stay valid.
    void close_fd() noexcept;

    /// Gives the descriptor to the caller, which must close it; the handle is then as after
    /// close_fd(). Returns -1 when the handle was closed before. This is for posix_ipc's
    /// `os.close(memory.fd)`, and for calls that take ownership of a descriptor.
    [[nodiscard]] int release_fd() noexcept;

    /// Removes the name. Handles and mappings stay usable; a new object may take the name.
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

/// Removes the memory called `name`, without opening it. Throws as unlink() does, and
/// std::invalid_argument for a bad name.
CREX_EXPORT void unlink_shared_memory(std::string_view name);

} // namespace crex
