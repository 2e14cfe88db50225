// SPDX-License-Identifier: BSL-1.0
#include <crex/shared_memory.hpp>

#include <cerrno>
#include <limits>
#include <utility>

#include <sys/mman.h>

#include <boost/interprocess/shared_memory_object.hpp>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include "common/arguments.hpp"
#include "common/boost_internals.hpp"
#include "common/errors.hpp"
#include "common/mapping.hpp"
#include "common/named_file.hpp"

namespace crex {

namespace bip = boost::interprocess;
using detail::Call;

Mapping::Mapping(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
Mapping::Mapping(Mapping&&) noexcept = default;
Mapping& Mapping::operator=(Mapping&&) noexcept = default;
Mapping::~Mapping() = default;

std::span<std::byte> Mapping::bytes() {
    if (read_only()) {
        throw PermissionsError{EACCES, "Mapping::bytes: the mapping is read-only"};
    }
    return {static_cast<std::byte*>(impl_ ? impl_->region.get_address() : nullptr), size()};
}

std::span<const std::byte> Mapping::bytes() const {
    return {static_cast<const std::byte*>(impl_ ? impl_->region.get_address() : nullptr), size()};
}

std::size_t Mapping::size() const noexcept { return impl_ ? impl_->region.get_size() : 0; }

bool Mapping::read_only() const noexcept {
    return impl_ && impl_->region.get_mode() == bip::read_only;
}

struct CREX_HIDDEN SharedMemory::Impl {
    explicit Impl(std::string its_name) : name{std::move(its_name)} {}
    ~Impl() { close(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    static std::unique_ptr<Impl> perform(detail::Opening& opening, int flags,
                                         const SharedMemoryOptions& options);
    static std::unique_ptr<Impl> open(const Call& call, int flags,
                                      const SharedMemoryOptions& options);
    static std::unique_ptr<Impl> create(const Call& call, const SharedMemoryOptions& options);

    [[nodiscard]] int fd() const { return object.get_mapping_handle().handle; }
    [[nodiscard]] std::size_t size(const Call& call) const;
    void close() noexcept;
    void resize(const Call& call, const SharedMemoryOptions& options) const;

    std::string name;
    ObjectId id;
    bip::shared_memory_object object; // closed when default-constructed
};

namespace {

bip::mode_t access(const SharedMemoryOptions& options) {
    return options.read_only ? bip::read_only : bip::read_write;
}

detail::Opening checked(Name name, int flags, const SharedMemoryOptions& options) {
    detail::Opening opening{"SharedMemory",  name, flags, options.mode, detail::memory_names,
                            O_CREX | o_trunc};
    if (options.size > static_cast<std::size_t>(std::numeric_limits<off_t>::max())) {
        detail::throw_invalid(opening.call(),
                              "no object can have " + std::to_string(options.size) + " bytes");
    }
    if (options.read_only && (flags & o_trunc) != 0) {
        detail::throw_invalid(opening.call(), "O_TRUNC through a read-only handle");
    }
    return opening;
}

} // namespace

std::unique_ptr<SharedMemory::Impl> SharedMemory::Impl::open(const Call& call, int flags,
                                                             const SharedMemoryOptions& options) {
    auto impl = std::make_unique<Impl>(std::string{call.object});
    const std::string path = detail::shared_memory_path(impl->name);
    if (!detail::find_file(call, path, 0, "the file of that name is no shared memory")) {
        return nullptr;
    }
    if (options.read_only && options.size != 0) {
        detail::throw_invalid(call, "a read-only handle cannot resize an existing object");
    }
    if (!detail::still_there(call, path, [&] {
            impl->object =
                bip::shared_memory_object{bip::open_only, impl->name.c_str(), access(options)};
        })) {
        return nullptr;
    }
    impl->id = detail::id_of(*detail::status_of(impl->fd()));
    if ((flags & o_trunc) != 0) {
        // Not with Boost's truncate(), which from 1.81 on fails for a size of 0.
        detail::resize_file(call, impl->fd(), 0, false);
    }
    impl->resize(call, options);
    return impl;
}

// Boost sets mode and size after the object has its name; crex sets them before.
std::unique_ptr<SharedMemory::Impl> SharedMemory::Impl::create(const Call& call,
                                                               const SharedMemoryOptions& options) {
    auto impl = std::make_unique<Impl>(std::string{call.object});
    auto file = detail::nameless_file(call, impl->name, options.size, !options.sparse);
    if (!file) {
        return nullptr;
    }
    auto reader = options.read_only ? file->reopened_read_only() : detail::UniqueFd{};
    if (options.read_only && reader.get() < 0) {
        detail::throw_no_lock(call, errno);
    }
    if (!detail::publish(call, file->fd(), impl->name, detail::access_of(options))) {
        return nullptr;
    }
    impl->id = detail::id_of(*detail::status_of(file->fd()));
    impl->object =
        detail::adopted(options.read_only ? std::move(reader) : file->release(), access(options));
    return impl;
}

std::unique_ptr<SharedMemory::Impl>
SharedMemory::Impl::perform(detail::Opening& opening, int flags,
                            const SharedMemoryOptions& options) {
    return opening.perform([&] { return open(opening.call(), flags, options); },
                           [&] { return create(opening.call(), options); });
}

void SharedMemory::Impl::resize(const Call& call, const SharedMemoryOptions& options) const {
    if (options.size != 0) {
        detail::resize_file(call, fd(), options.size, !options.sparse);
    }
}

SharedMemory::SharedMemory(Name name, int flags, const SharedMemoryOptions& options) {
    auto opening = checked(name, flags, options);
    impl_ = Impl::perform(opening, flags, options);
    if (!impl_) {
        opening.throw_existential();
    }
}

std::optional<SharedMemory> SharedMemory::try_open(Name name, int flags,
                                                   const SharedMemoryOptions& options) {
    auto opening = checked(name, flags, options);
    auto impl = Impl::perform(opening, flags, options);
    return impl ? std::optional{SharedMemory{std::move(impl)}} : std::nullopt;
}

SharedMemory::SharedMemory(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
SharedMemory::SharedMemory(SharedMemory&&) noexcept = default;
SharedMemory& SharedMemory::operator=(SharedMemory&&) noexcept = default;
SharedMemory::~SharedMemory() = default;

Mapping SharedMemory::map(const MapOptions& options) const {
    const Call call{"SharedMemory::map", name()};
    Impl& impl = opened(call.function);
    const std::size_t size = impl.size(call);
    if (options.offset >= size || options.length > size - options.offset) {
        detail::throw_invalid(call, "offset " + std::to_string(options.offset) + ", length " +
                                        std::to_string(options.length) +
                                        " is not inside an object of " + std::to_string(size) +
                                        " bytes");
    }
    const std::size_t length = options.length == 0 ? size - options.offset : options.length;
    const bool read_only = options.read_only || impl.object.get_mode() == bip::read_only;
    return detail::translating(call, [&] {
        return Mapping{std::make_unique<Mapping::Impl>(
            bip::mapped_region{impl.object, read_only ? bip::read_only : bip::read_write,
                               static_cast<bip::offset_t>(options.offset), length, nullptr,
                               options.populate ? MAP_POPULATE : bip::default_map_options})};
    });
}

SharedMemory::Impl& SharedMemory::opened(const char* function) const {
    if (fd() < 0) {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return *impl_;
}

int SharedMemory::fd() const noexcept { return impl_ ? impl_->fd() : -1; }

std::size_t SharedMemory::size() const {
    const Call call{"SharedMemory::size", name()};
    return opened(call.function).size(call);
}

std::size_t SharedMemory::Impl::size(const Call& call) const {
    bip::offset_t size = 0;
    if (!object.get_size(size)) {
        detail::throw_errno(call, errno);
    }
    if (static_cast<std::uint64_t>(size) > std::numeric_limits<std::size_t>::max()) {
        detail::throw_errno(call, EOVERFLOW, "a 64-bit process has made it too large for this one");
    }
    return static_cast<std::size_t>(size);
}

ObjectId SharedMemory::id() const { return opened("SharedMemory::id").id; }

bool SharedMemory::is_linked() const {
    const Impl& impl = opened("SharedMemory::is_linked");
    return detail::is_at(detail::shared_memory_path(impl.name), impl.id);
}

const std::string& SharedMemory::name() const { return impl_ ? impl_->name : detail::no_name(); }

// Programs ported from posix_ipc close memory.fd themselves. The number may stand for another file
// by now, which must not be closed.
void SharedMemory::Impl::close() noexcept {
    detail::UniqueFd descriptor = detail::released(object);
    const auto status = detail::status_of(descriptor.get());
    if (!status || detail::id_of(*status) != id) {
        (void)descriptor.release();
    }
}

void SharedMemory::close_fd() noexcept {
    if (impl_) {
        impl_->close();
    }
}

int SharedMemory::release_fd() noexcept {
    return impl_ ? detail::released(impl_->object).release() : -1;
}

void SharedMemory::unlink() { unlink_shared_memory(name()); }

void unlink_shared_memory(std::string_view name) {
    const Call call{"unlink_shared_memory", name};
    detail::check_name(call, detail::memory_names);
    // remove() returns only a bool; errno is still the system's.
    if (!bip::shared_memory_object::remove(std::string{name}.c_str())) {
        detail::throw_file_errno(call, errno, detail::shared_memory_path(std::string{name}));
    }
}

} // namespace crex
