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
// and is independent of it. The kernel counts attachments, which is what POSIX shared memory cannot
// say; one ends with its Attachment or with the process, however that ends. A forked child has its
// own of each; exec ends them.
//
// What it does not do: order or guard accesses, or change its size.

namespace crex::sysv {

struct SharedMemoryOptions {
    /// Who may use it, as in chmod(2). The mode given is the mode got: no umask applies. Ignored
    /// when the memory exists.
    unsigned mode = 0600;

    /// Bytes: of new memory, which are zero (unlike sysv_ipc, which fills it with spaces); at least
    /// so many, of existing memory.
    std::size_t size = 0;

    /// Open for reading only: attach() then is read-only too. New memory is made all the same.
    bool read_only = false;

    /// Make it of huge pages (SHM_HUGETLB), whose number is root's to set (vm.nr_hugepages), and
    /// whose use is for root and the group of vm.hugetlb_shm_group. Ignored when it exists.
    bool huge_pages = false;
};

struct AttachOptions {
    /// Attach for reading only. Implied by a read-only handle.
    bool read_only = false;

    /// Where to attach it, as in shmat(2); null lets the kernel choose. A multiple of the page size
    /// (SHMLBA), where nothing is mapped.
    void* address = nullptr;

    /// Attach it at the next multiple below `address` (SHM_RND).
    bool round_down = false;

    /// Replace what is mapped there (SHM_REMAP).
    bool replace = false;
};

/// Bytes of a SharedMemory in this process's address space, from attach() until destroyed.
using Attachment = crex::Mapping;

/// What the kernel knows of shared memory.
struct SharedMemoryInfo {
    std::size_t size = 0;
    std::size_t number_attached = 0; ///< attachments, of all processes
    int creator_pid = 0;
    int last_pid = 0; ///< the process that last attached or detached it; 0 for none
    Moment last_attach_time;
    Moment last_detach_time;
    Moment last_change_time;
    bool removed = false; ///< and only there until the last attachment ends
};

class CREX_EXPORT SharedMemory : public Object {
public:
    /// Opens or creates the memory that has this key, as `flags` say (see open_flags.hpp). Unlike
    /// sysv_ipc, it does not attach it.
    ///
    /// Throws ExistentialError when it is missing, or exists and O_CREX was asked for;
    /// PermissionsError when its mode forbids, or huge pages are not for us; Error when there is no
    /// room (ENOMEM, also for huge pages that are not there), or a limit of the system is reached
    /// (ENOSPC), saying how to raise it; std::invalid_argument for a bad flag or mode, when new
    /// memory has no size, or existing memory is smaller than `size`.
    explicit SharedMemory(Key key, int flags = 0, const SharedMemoryOptions& options = {});

    /// The same, but answers nothing where the constructor throws ExistentialError.
    [[nodiscard]] static std::optional<SharedMemory>
    try_open(Key key, int flags = 0, const SharedMemoryOptions& options = {});

    /// The memory that has this id. Throws ExistentialError when there is none. On Linux, memory
    /// that was removed can be had so while somebody has it attached.
    [[nodiscard]] static SharedMemory from_id(int id, bool read_only = false);

    /// Attaches it, all of it, wherever there is room in the address space or where `options` say.
    /// Throws PermissionsError when its mode forbids, ExistentialError when it was removed, Error
    /// (ENOMEM) when there is no room, std::invalid_argument for an address where it cannot be.
    [[nodiscard]] Attachment attach(const AttachOptions& options = {}) const;

    [[nodiscard]] std::size_t size() const { return info().size; }
    [[nodiscard]] std::size_t number_attached() const { return info().number_attached; }
    [[nodiscard]] SharedMemoryInfo info() const;

private:
    SharedMemory(const detail::KeyAndId& found, bool read_only)
        : Object{Kind::shared_memory, found}, read_only_{read_only} {}

    bool read_only_ = false;
};

} // namespace crex::sysv
