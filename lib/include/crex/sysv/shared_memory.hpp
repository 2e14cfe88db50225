// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>

#include <crex/export.hpp>
#include <crex/shared_memory.hpp>
#include <crex/sysv/object.hpp>

// System V shared memory (shmget(2), shmat(2)).
//
// A SharedMemory is a handle; see object.hpp for its rules. An Attachment makes the bytes visible,
// and is independent of the handle. The kernel counts attachments, which it does not do for POSIX
// shared memory. An attachment ends with its Attachment or with the process, in any way. A forked
// child has its own copy of each; exec ends them.
//
// What it does not do: order or guard accesses, or change its size.

namespace crex::sysv {

/// How memory is created and opened.
struct SharedMemoryOptions {
    /// Permission bits of new memory, as in chmod(2); the umask does not apply. Ignored when the
    /// memory exists.
    unsigned mode = 0600;

    /// In bytes. New memory has this size and is zero (unlike sysv_ipc, which fills it with
    /// spaces); existing memory must have at least this size.
    std::size_t size = 0;

    /// Opens for reading only: attach() is then read-only, too. New memory is created nevertheless.
    bool read_only = false;

    /// Uses huge pages (SHM_HUGETLB). Root sets their number (vm.nr_hugepages); only root and the
    /// group of vm.hugetlb_shm_group may use them. Ignored when the memory exists.
    bool huge_pages = false;

    /// Reserves no swap space (SHM_NORESERVE): creating more memory than there is does not fail,
    /// but a process that writes to it may be killed. Ignored when the memory exists.
    bool no_reserve = false;
};

/// Where and how memory is attached.
struct AttachOptions {
    /// Attaches for reading only. Implied by a read-only handle.
    bool read_only = false;

    /// The address, as in shmat(2): a multiple of the page size (SHMLBA) at which nothing is
    /// mapped; null lets the kernel choose.
    void* address = nullptr;

    /// Rounds `address` down to a multiple of the page size (SHM_RND).
    bool round_down = false;

    /// Replaces what is mapped at `address` (SHM_REMAP).
    bool replace = false;
};

/// Bytes of a SharedMemory in this process's address space, from attach() until destroyed.
using Attachment = crex::Mapping;

/// What the kernel knows of shared memory.
struct SharedMemoryInfo {
    std::size_t size = 0;            ///< in bytes
    std::size_t number_attached = 0; ///< attachments, of all processes
    int creator_pid = 0;
    int last_pid = 0; ///< of the last attach or detach; 0 for none
    Moment last_attach_time;
    Moment last_detach_time;
    Moment last_change_time;
    bool removed = false; ///< exists only until its last attachment ends
};

/// A handle on System V shared memory, with the rules at the top of this file.
class CREX_EXPORT SharedMemory : public Object {
public:
    /// Opens or creates the memory that has this key, as `flags` say (see open_flags.hpp). Unlike
    /// sysv_ipc, it does not attach it.
    ///
    /// Throws ExistentialError when the memory is missing, or when it exists and O_CREX was given;
    /// PermissionsError when its mode forbids it, or this process may not use huge pages; Error
    /// when there is no memory (ENOMEM) or are no huge pages for it, or a limit of the system is
    /// reached (ENOSPC; the text says how to raise it); std::invalid_argument for a bad flag or
    /// mode, when new memory has no size or more than the system allows, or when existing memory is
    /// smaller than `size`.
    explicit SharedMemory(Key key, int flags = 0, const SharedMemoryOptions& options = {});

    /// Opens the memory like the constructor, but returns std::nullopt where that throws
    /// ExistentialError.
    [[nodiscard]] static std::optional<SharedMemory>
    try_open(Key key, int flags = 0, const SharedMemoryOptions& options = {});

    /// Returns the memory that has this id. Throws ExistentialError when there is none. On Linux,
    /// this also opens memory that was removed, as long as it is attached.
    [[nodiscard]] static SharedMemory from_id(int id, bool read_only = false);

    /// Attaches the whole memory, at any free address or where `options` say. Throws
    /// PermissionsError when its mode forbids it; ExistentialError when it was removed; Error
    /// (ENOMEM) when the address space has no room; std::invalid_argument for an address that
    /// cannot be used, and for round_down or replace without an address.
    [[nodiscard]] Attachment attach(const AttachOptions& options = {}) const;

    /// Return what the kernel knows of the memory now: two numbers, or all.
    [[nodiscard]] std::size_t size() const { return info().size; }
    [[nodiscard]] std::size_t number_attached() const { return info().number_attached; }
    [[nodiscard]] SharedMemoryInfo info() const;

private:
    SharedMemory(const detail::KeyAndId& found, bool read_only)
        : Object{Kind::shared_memory, found}, read_only_{read_only} {}

    bool read_only_ = false;
};

} // namespace crex::sysv
