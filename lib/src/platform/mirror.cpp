// SPDX-License-Identifier: BSL-1.0
#include "platform/mirror.hpp"

#include <cerrno>

#include <sys/mman.h>

namespace crex::detail {
namespace {

bool map_at(std::byte* address, int fd, std::uint64_t offset, std::size_t length) {
    return mmap(address, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                static_cast<off_t>(offset)) != MAP_FAILED;
}

} // namespace

// Reserves the addresses for both copies in one piece first, so that no other mapping can take
// them.
std::optional<Mirror> Mirror::of(int fd, std::uint64_t offset, std::size_t length) {
    void* const room =
        mmap(nullptr, 2 * length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        return std::nullopt;
    }
    Mirror mirror{static_cast<std::byte*>(room), length};
    if (!map_at(mirror.data(), fd, offset, length) ||
        !map_at(mirror.data() + length, fd, offset, length)) {
        const int error = errno; // which munmap(2) may change
        { const Mirror given_up{std::move(mirror)}; }
        errno = error;
        return std::nullopt;
    }
    return mirror;
}

Mirror::~Mirror() {
    if (address_ != nullptr) {
        munmap(address_, 2 * length_);
    }
}

} // namespace crex::detail
