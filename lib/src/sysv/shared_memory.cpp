// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/shared_memory.hpp>

#include <cerrno>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/xsi_shared_memory.hpp>

#include "common/mapping.hpp"
#include "common/named_file.hpp"
#include "sysv/control.hpp"
#include "sysv/opening.hpp"

namespace crex::sysv {

namespace bip = boost::interprocess;
using detail::Call;

namespace {

[[noreturn]] void throw_why_not_huge(const Call& call, int error) {
    if (error == ENOMEM) {
        detail::throw_errno(call, error,
                            "there are not enough huge pages; reserve some with: sysctl "
                            "vm.nr_hugepages");
    }
    if (error == EPERM) {
        detail::throw_errno(call, error,
                            "huge pages are for root and the group of "
                            "/proc/sys/vm/hugetlb_shm_group");
    }
    detail::throw_not_opened(call, error);
}

[[noreturn]] void throw_why_not_made(const Call& call, int error, std::size_t size) {
    if (error == EINVAL) {
        detail::throw_invalid(
            call, std::to_string(size) + " bytes are more than /proc/sys/kernel/shmmax allows (" +
                      detail::kernel_setting("shmmax") + "); raise it with: sysctl kernel.shmmax");
    }
    if (error == ENOSPC) {
        detail::throw_errno(call, error,
                            "all memory together would exceed /proc/sys/kernel/shmmni segments (" +
                                detail::kernel_setting("shmmni") +
                                ") or /proc/sys/kernel/shmall pages (" +
                                detail::kernel_setting("shmall") +
                                "); raise them with: sysctl kernel.shmmni, kernel.shmall");
    }
    if (error == ENOMEM) {
        detail::throw_errno(call, error,
                            "there is no memory for " + std::to_string(size) + " bytes");
    }
    detail::throw_not_opened(call, error);
}

// Returns an id, or -1 and errno. Boost passes on only permissions: other flags need shmget(2).
int made(std::int32_t key, const SharedMemoryOptions& options) {
    const int flags =
        (options.huge_pages ? SHM_HUGETLB : 0) | (options.no_reserve ? SHM_NORESERVE : 0);
    if (flags != 0) {
        return shmget(key, options.size,
                      static_cast<int>(options.mode) | IPC_CREAT | IPC_EXCL | flags);
    }
    try {
        return bip::xsi_shared_memory{bip::create_only, bip::xsi_key{key}, options.size,
                                      detail::permissions_of(options.mode)}
            .get_shmid();
    } catch (const bip::interprocess_exception& error) {
        errno = error.get_native_error();
        return -1;
    }
}

std::optional<int> create(const detail::KeyOpening& opening, const SharedMemoryOptions& options) {
    const Call call = opening.call();
    if (options.size == 0) {
        detail::throw_invalid(call, "new memory needs a size");
    }
    const int id = made(opening.key(), options);
    if (id < 0) {
        const int error = errno;
        if (error == EEXIST) {
            return std::nullopt;
        }
        options.huge_pages ? throw_why_not_huge(call, error)
                           : throw_why_not_made(call, error, options.size);
    }
    return id;
}

// Boost's open_only requests no permission, so that a missing one would show only at attach().
std::optional<int> open(const detail::KeyOpening& opening, const SharedMemoryOptions& options) {
    const int id = shmget(opening.key(), options.size, options.read_only ? 0400 : 0600);
    if (id >= 0) {
        return id;
    }
    if (errno == ENOENT) {
        return std::nullopt;
    }
    if (errno == EINVAL) {
        detail::throw_invalid(opening.call(), "the memory that exists has fewer than " +
                                                  std::to_string(options.size) + " bytes");
    }
    detail::throw_not_opened(opening.call(), errno);
}

std::optional<detail::KeyAndId> opened(Key key, int flags, const SharedMemoryOptions& options,
                                       detail::Missing missing) {
    detail::KeyOpening opening{"sysv::SharedMemory", key, flags, options.mode, missing};
    return opening.perform([&] { return open(opening, options); },
                           [&] { return create(opening, options); });
}

// Boost passes options that are not its own on to shmat(2).
bip::map_options_t flags_of(const AttachOptions& options) {
    const int flags = (options.round_down ? SHM_RND : 0) | (options.replace ? SHM_REMAP : 0);
    return flags == 0 ? bip::default_map_options : flags;
}

// EINVAL also means that the memory was removed; memory_status() throws then.
[[noreturn]] void throw_why_not_attached(const Call& call, int id, int error,
                                         const AttachOptions& options) {
    if (error == EINVAL && options.address != nullptr) {
        (void)detail::memory_status(call, id);
        detail::throw_invalid(call, "the address is not a multiple of the page size, or something "
                                    "is mapped there");
    }
    detail::throw_object_errno(call, error);
}

} // namespace

SharedMemory::SharedMemory(Key key, int flags, const SharedMemoryOptions& options)
    : SharedMemory{*opened(key, flags, options, detail::Missing::is_error), options.read_only} {}

std::optional<SharedMemory> SharedMemory::try_open(Key key, int flags,
                                                   const SharedMemoryOptions& options) {
    const auto found = opened(key, flags, options, detail::Missing::is_nothing);
    return found ? std::optional{SharedMemory{*found, options.read_only}} : std::nullopt;
}

SharedMemory SharedMemory::from_id(int id, bool read_only) {
    return {found_by_id(Kind::shared_memory, id), read_only};
}

// For the id of removed memory, Boost reports EINVAL or EIDRM, as the system does.
Attachment SharedMemory::attach(const AttachOptions& options) const {
    const Call here = call("sysv::SharedMemory::attach");
    const bool read_only = options.read_only || read_only_;
    if (options.address == nullptr && (options.round_down || options.replace)) {
        detail::throw_invalid(here, "round_down and replace need an address");
    }
    const bip::xsi_shared_memory memory{bip::open_only, id()};
    try {
        return Attachment{std::make_unique<Mapping::Impl>(
            bip::mapped_region{memory, read_only ? bip::read_only : bip::read_write, 0, 0,
                               options.address, flags_of(options)})};
    } catch (const bip::interprocess_exception& error) {
        throw_why_not_attached(here, id(), error.get_native_error(), options);
    }
}

SharedMemoryInfo SharedMemory::info() const {
    const shmid_ds status = detail::memory_status(call("sysv::SharedMemory::info"), id());
    SharedMemoryInfo info;
    info.size = status.shm_segsz;
    info.number_attached = status.shm_nattch;
    info.creator_pid = status.shm_cpid;
    info.last_pid = status.shm_lpid;
    info.last_attach_time = detail::moment_of(status.shm_atime);
    info.last_detach_time = detail::moment_of(status.shm_dtime);
    info.last_change_time = detail::moment_of(status.shm_ctime);
    info.removed = (status.shm_perm.mode & SHM_DEST) != 0;
    return info;
}

} // namespace crex::sysv
