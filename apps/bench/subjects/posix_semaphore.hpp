// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <semaphore.h>

#include "subjects/errno.hpp"
#include "subjects/subject.hpp"

namespace bench {

// The C library's sem_t, without crex.
class PosixSemaphore : public Properties {
public:
    static void create(const std::string& object, unsigned permits) {
        sem_close(opened(sem_open(object.c_str(), O_CREAT | O_EXCL, 0600, permits)));
    }

    static void remove(const std::string& object) noexcept { sem_unlink(object.c_str()); }

    explicit PosixSemaphore(const std::string& object)
        : semaphore_{opened(sem_open(object.c_str(), 0))} {}
    ~PosixSemaphore() { sem_close(semaphore_); }
    PosixSemaphore(const PosixSemaphore&) = delete;
    PosixSemaphore& operator=(const PosixSemaphore&) = delete;

    void acquire() { check(sem_wait(semaphore_), "sem_wait"); }
    void release() { check(sem_post(semaphore_), "sem_post"); }

private:
    static sem_t* opened(sem_t* semaphore) {
        if (semaphore == SEM_FAILED) {
            throw std::system_error{errno, std::generic_category(), "sem_open"};
        }
        return semaphore;
    }

    sem_t* semaphore_;
};

} // namespace bench
