// SPDX-License-Identifier: BSL-1.0
#include "mqueue/opening.hpp"

#include <cerrno>
#include <climits>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "mqueue/open_queues.hpp"
#include "platform/file.hpp"

namespace crex::mqueue {
namespace {

// Checks in the order in which the C library and the kernel do. Returns 0 or an errno value.
int wrong_with(std::string_view name) {
    if (name.empty() || name.front() != '/') {
        return EINVAL;
    }
    name.remove_prefix(1);
    if (name.size() >= PATH_MAX) {
        return ENAMETOOLONG;
    }
    if (name.empty()) {
        return ENOENT;
    }
    if (name == "." || name == ".." || name.find('/') != name.npos) {
        return EACCES;
    }
    return name.size() > robust_message_queue_name_max ? ENAMETOOLONG : 0;
}

// The umask is read from a new file's mode, since umask(2) would change it for all threads.
mode_t after_umask(mode_t mode) {
    const detail::UniqueFd file{::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, mode & 0777)};
    const auto status = detail::status_of(file.get());
    return status ? status->st_mode & 0777 : 0;
}

std::size_t default_in(const char* file, std::size_t otherwise) {
    std::size_t number = otherwise;
    std::ifstream{std::string{"/proc/sys/fs/mqueue/"} + file} >> number;
    return number != 0 ? number : otherwise;
}

// The handle needs to read and to write whatever the queue is opened for, so its owner may do both.
MessageQueueOptions options_for(mode_t mode, const mq_attr* attributes) {
    MessageQueueOptions options;
    options.mode = after_umask(mode) | 0600;
    if (attributes != nullptr) {
        options.max_messages = static_cast<std::size_t>(attributes->mq_maxmsg); // -1 is too many
        options.max_message_size = static_cast<std::size_t>(attributes->mq_msgsize);
    } else {
        options.max_messages = default_in("msg_default", queue_messages_max_default);
        options.max_message_size = default_in("msgsize_default", queue_message_size_max_default);
    }
    return options;
}

// Nothing when the name is taken. Invalid attributes do not matter for a queue that exists already.
std::optional<MessageQueue> create(const char* name, bool exclusively,
                                   const MessageQueueOptions& options) {
    try {
        return MessageQueue::try_open(name, exclusively ? O_CREX : o_creat, options);
    } catch (const std::invalid_argument&) {
        auto present = MessageQueue::try_open(name);
        if (!present) {
            throw;
        }
        return exclusively ? std::nullopt : std::move(present);
    }
}

} // namespace

// Does not use crex's constructor, which looks for a missing queue on the other backends as well:
// it would call the mq_open() of this library for the kernel's queue.
int open_queue(const char* name, int flags, mode_t mode, const mq_attr* attributes) {
    const int error = wrong_with(name);
    if (error != 0 || (flags & O_ACCMODE) == O_ACCMODE) {
        return error != 0 ? -error : -EINVAL;
    }
    const bool creates = (flags & O_CREAT) != 0;
    const bool exclusively = creates && (flags & O_EXCL) != 0;
    OpenQueues::instance().forget_lost();
    auto queue = creates ? create(name, exclusively, options_for(mode, attributes))
                         : MessageQueue::try_open(name);
    if (!queue) {
        return creates ? -EEXIST : -ENOENT;
    }
    return OpenQueues::instance().open(std::make_shared<OpenQueue>(*std::move(queue)),
                                       flags & (O_ACCMODE | O_NONBLOCK));
}

int unlink_queue(const char* name) {
    const int error = wrong_with(name);
    if (error == 0) {
        unlink_message_queue(name);
    }
    return -error;
}

} // namespace crex::mqueue
