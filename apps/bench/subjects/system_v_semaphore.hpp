// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <sys/ipc.h>
#include <sys/sem.h>

#include <crex/sysv.hpp>

#include "subjects/errno.hpp"
#include "subjects/subject.hpp"
#include "subjects/system_v_key.hpp"

namespace bench {

// One semaphore of System V: without crex, and with it. With `undo`, a permit comes back when its
// holder dies.
class SystemVObject : public Properties {
public:
    static constexpr bool unlinks = false;
    static void create(const std::string& object, unsigned permits) {
        const int id =
            check(semget(system_v_key(object), 1, IPC_CREAT | IPC_EXCL | 0600), "semget");
        check(semctl(id, 0, SETVAL, static_cast<int>(permits)), "SETVAL");
        sembuf nothing[] = {{0, 1, 0}, {0, -1, 0}}; // for crex, which waits for the first semop()
        check(semop(id, nothing, 2), "semop");
    }

    static void remove(const std::string& object) noexcept {
        const int id = semget(system_v_key(object), 0, 0);
        if (id >= 0) {
            semctl(id, 0, IPC_RMID);
        }
    }
};

template <bool undo> class SystemVSemaphore : public SystemVObject {
public:
    explicit SystemVSemaphore(const std::string& object)
        : id_{check(semget(system_v_key(object), 0, 0), "semget")} {}

    void acquire() { add(-1); }
    void release() { add(1); }

private:
    void add(short permits) const {
        sembuf operation{0, permits, undo ? SEM_UNDO : short{0}};
        check(semop(id_, &operation, 1), "semop");
    }

    int id_;
};

template <bool undo> class CrexSystemVSemaphore : public SystemVObject {
public:
    explicit CrexSystemVSemaphore(const std::string& object)
        : semaphore_{system_v_key(object), 0, {.undo = undo}} {}

    void acquire() { semaphore_.acquire(); }
    void release() { semaphore_.release(); }

private:
    crex::sysv::Semaphore semaphore_;
};

} // namespace bench
