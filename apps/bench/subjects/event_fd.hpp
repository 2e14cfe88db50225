// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <sys/eventfd.h>
#include <unistd.h>

#include "subjects/errno.hpp"
#include "subjects/subject.hpp"

namespace bench {

// eventfd(2) as a semaphore, which the processes inherit.
class EventFd : public Properties {
public:
    static void create(const std::string& object, unsigned permits) {
        fds_[object] = check(eventfd(permits, EFD_SEMAPHORE | EFD_CLOEXEC), "eventfd");
    }

    static void remove(const std::string&) noexcept {} // with the processes

    explicit EventFd(const std::string& object) : fd_{fds_.at(object)} {}

    void acquire() {
        std::uint64_t one = 0;
        check(::read(fd_, &one, sizeof one), "read");
    }
    void release() {
        const std::uint64_t one = 1;
        check(::write(fd_, &one, sizeof one), "write");
    }

private:
    inline static std::map<std::string, int> fds_; // the children have them, too

    int fd_;
};

} // namespace bench
