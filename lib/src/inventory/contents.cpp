// SPDX-License-Identifier: BSL-1.0
#include "inventory/contents.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include <fcntl.h>
#include <semaphore.h>
#include <sys/stat.h>

#include "message_queue/boost/segment.hpp"
#include "platform/reading.hpp"

namespace crex::detail {
namespace {

struct SemaphoreState {
    std::uint32_t value;
    std::uint32_t waiters;
};

// glibc's layouts since 2.21. A 64-bit program's semaphore is one word, with the value in the low
// half and the number of waiters in the high half. A 32-bit program's semaphore is four words: the
// first is twice the value, the last is the number of waiters. Neither program can use the other's
// semaphore, and the size tells them apart.
constexpr std::uint64_t size_for_64_bits = 32;
constexpr std::uint64_t size_for_32_bits = 16;

std::optional<SemaphoreState> semaphore_state(int fd, std::uint64_t size) {
    if (size == size_for_32_bits) {
        const auto words = read_as<std::array<std::uint32_t, 4>>(fd, 0);
        return words ? std::optional{SemaphoreState{words->front() >> 1, words->back()}}
                     : std::nullopt;
    }
    const auto word = read_as<std::uint64_t>(fd, 0);
    return word ? std::optional{SemaphoreState{static_cast<std::uint32_t>(*word),
                                               static_cast<std::uint32_t>(*word >> 32)}}
                : std::nullopt;
}

void read_semaphore(Object& object, int fd) {
    const std::uint64_t size = object.size.value_or(0);
    if (size != size_for_64_bits && size != size_for_32_bits) {
        object.problem = "it is no semaphore: it has " + std::to_string(size) +
                         " bytes instead of " + std::to_string(sizeof(sem_t));
        return;
    }
    const auto state = semaphore_state(fd, size);
    if (state && state->value <= SEM_VALUE_MAX) {
        object.value = state->value;
        object.waiters = state->waiters;
    } else if (state) {
        object.problem = "it is no semaphore: it has a value that is impossible";
    }
}

void recognise_boost_queue(Object& object, int fd) {
    if (const auto look = BoostSegment::look(fd, *object.size)) {
        object.kind = ObjectKind::boost_queue;
        object.messages = look->messages;
        object.max_messages = look->max_messages;
        object.max_message_size = look->max_message_size;
        object.may_have_content = look->messages != 0;
    }
}

// A file that cannot be read may have any content.
void cannot_read(Object& object, int error) {
    object.may_have_content = object.kind == ObjectKind::robust_queue;
    if (error != EACCES && error != EPERM && error != ENOENT) {
        object.problem = "it cannot be read: " + std::generic_category().message(error);
    }
}

} // namespace

void read_contents(FoundObject& found, int directory, const std::string& file) {
    Object& object = found.object;
    // O_NONBLOCK because a FIFO, and O_NOFOLLOW because a symbolic link, may have taken its place.
    const UniqueFd fd{::openat(directory, file.c_str(),
                               O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    const auto status = fd.get() < 0 ? std::nullopt : status_of(fd.get()); // errno stays openat's
    if (!status) {
        cannot_read(object, errno);
    } else if (id_of(*status) != object.id) {
        cannot_read(object, EACCES); // another file has the name by now
    } else if (is_robust(object.kind)) {
        read_robust(found, fd.get());
    } else if (object.kind == ObjectKind::semaphore) {
        read_semaphore(object, fd.get());
    } else {
        recognise_boost_queue(object, fd.get());
    }
}

} // namespace crex::detail
