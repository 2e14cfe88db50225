// SPDX-License-Identifier: BSL-1.0
#include "inventory/contents.hpp"

#include <cerrno>
#include <climits>
#include <optional>

#include <fcntl.h>
#include <semaphore.h>
#include <sys/stat.h>

#include "platform/reading.hpp"
#include "queue/boost_segment.hpp"

namespace crex::detail {
namespace {

// The value is in the low half of the first word, the number of those who wait for it in the high
// one, in glibc's 64-bit layout since 2.21.
void read_semaphore(Object& object, int fd) {
    if (object.size != sizeof(sem_t)) {
        object.complaint = "it is no semaphore: it has " + std::to_string(*object.size) +
                           " bytes instead of " + std::to_string(sizeof(sem_t));
        return;
    }
    const auto word = read_as<std::uint64_t>(fd, 0);
    if (word && static_cast<std::uint32_t>(*word) <= SEM_VALUE_MAX) {
        object.value = static_cast<std::uint32_t>(*word);
        object.waiters = *word >> 32;
    } else if (word) {
        object.complaint = "it is no semaphore: it has a value that is impossible";
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

// What cannot be read may have anything in it.
void cannot_read(Object& object, int error) {
    object.may_have_content = object.kind == ObjectKind::robust_queue;
    if (error != EACCES && error != EPERM && error != ENOENT) {
        object.complaint = "it cannot be read: " + std::generic_category().message(error);
    }
}

} // namespace

void read_contents(FoundObject& found, int folder, const std::string& file) {
    Object& object = found.object;
    // Not blocking, for a FIFO in its place; not following, for a symbolic link.
    const UniqueFd fd{
        ::openat(folder, file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    const auto status = fd.get() < 0 ? std::nullopt : status_of(fd.get()); // errno stays openat's
    if (!status) {
        cannot_read(object, errno);
    } else if (id_of(*status) != object.id) {
        cannot_read(object, EACCES); // another one, since then
    } else if (is_robust(object.kind)) {
        read_robust(found, fd.get());
    } else if (object.kind == ObjectKind::semaphore) {
        read_semaphore(object, fd.get());
    } else {
        recognise_boost_queue(object, fd.get());
    }
}

} // namespace crex::detail
