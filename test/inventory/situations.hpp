// SPDX-License-Identifier: BSL-1.0
#pragma once

// The situations in which an object may be, each with the state that it then has.

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inventory/stage.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

namespace test {

using crex::ObjectKind;
using crex::ObjectState;

template <class Kind> constexpr ObjectKind kind_of = ObjectKind::shared_memory;
template <> constexpr ObjectKind kind_of<Semaphores> = ObjectKind::semaphore;
template <> constexpr ObjectKind kind_of<RobustSemaphores> = ObjectKind::robust_semaphore;
template <> constexpr ObjectKind kind_of<BoostQueues> = ObjectKind::boost_queue;
template <> constexpr ObjectKind kind_of<PosixQueues> = ObjectKind::kernel_queue;
template <> constexpr ObjectKind kind_of<RobustQueues> = ObjectKind::robust_queue;
template <> constexpr ObjectKind kind_of<Rings> = ObjectKind::ring;

template <class Kind> const bool proves_itself = crex::is_robust(kind_of<Kind>);

// An object of a kind, and processes that use it.
template <class Kind> struct ObjectUnderTest {
    std::string name = unique_name();
    Removed<Kind> removed{name};
    std::vector<Holder> holders = {};

    auto create() const { return Kind::open(name, crex::O_CREX, 0666); }

    Holder& hold() {
        return holders.emplace_back([this] { return create(); });
    }
    void leave_behind() const {
        BOOST_TEST_REQUIRE(in_child([&] { return create(), 0; }) == 0);
    }

    [[nodiscard]] ObjectState state() const {
        auto object = found(kind_of<Kind>, name);
        if (!object && kind_of<Kind> == ObjectKind::boost_queue) { // for a user that cannot read it
            object = found(ObjectKind::shared_memory, name);
        }
        if (!object) {
            throw std::runtime_error{"it is not listed"};
        }
        return object->state;
    }
};

template <class Kind> struct Situation {
    const char* title;
    ObjectState expected;
    std::function<ObjectState(ObjectUnderTest<Kind>&)> look;
};

// The state seen by a process in another PID namespace with a /proc of its own.
template <class Kind>
ObjectState seen_from_another_namespace(const ObjectUnderTest<Kind>& subject) {
    return state_seen_by([&] {
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) {
            throw std::runtime_error{"unshare"};
        }
        return state_seen_by([&] {
            mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
            mount("proc", "/proc", "proc", 0, nullptr);
            return subject.state();
        });
    });
}

// Ends the process's first thread; another thread keeps the handle.
template <class Handle> [[noreturn]] void leave_it_to_a_thread(Handle handle) {
    std::thread{[kept = std::move(handle)] {
        while (state_of(getpid()) != 'Z') {
            usleep(100);
        }
        Holder::rest();
    }}.detach();
    syscall(SYS_exit, 0); // not pthread_exit(3), which unwinds
    std::abort();
}

// Has a child whose child inherits an object and outlives it.
template <class Kind> void leave_an_orphan(const ObjectUnderTest<Kind>& subject) {
    const int holder = getpid();
    if (fork() == 0) {
        const auto handle = subject.create();
        if (fork() == 0) {
            while (getppid() != holder) { // until it is an orphan
                usleep(100);
            }
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            Holder::rest_with(0);
        }
        _exit(0);
    }
    wait(nullptr);
    pause();
}

template <class Kind> std::vector<Situation<Kind>> situations() {
    using S = ObjectUnderTest<Kind>;
    const auto if_it_tells = proves_itself<Kind> ? ObjectState::stale : ObjectState::unknown;
    return {
        {"its creator lives", ObjectState::in_use,
         [](S& subject) {
             subject.hold();
             return subject.state();
         }},
        {"its creator has ended", ObjectState::stale,
         [](S& subject) {
             subject.leave_behind();
             return subject.state();
         }},
        {"its creator was killed", ObjectState::stale,
         [](S& subject) {
             subject.hold().kill();
             return subject.state();
         }},
        {"its creator was killed, and another has it open", ObjectState::in_use,
         [](S& subject) {
             subject.hold();
             subject.holders.emplace_back([&] { return Kind::open(subject.name); });
             subject.holders.front().kill();
             return subject.state();
         }},
        {"its only user is stopped", ObjectState::in_use,
         [](S& subject) {
             subject.hold().stop();
             return subject.state();
         }},
        {"its creator lives and has closed it", ObjectState::stale,
         [](S& subject) {
             subject.holders.emplace_back([&] {
                 auto handle = subject.create();
                 Kind::close(handle);
                 return 0;
             });
             return subject.state();
         }},
        {"a forked child has it, and the parent is dead", ObjectState::in_use,
         [](S& subject) {
             subject.holders.emplace_back([&] {
                 prctl(PR_SET_CHILD_SUBREAPER, 1);
                 leave_an_orphan(subject);
                 return 0;
             });
             return subject.state();
         }},
        {"its user's first thread has ended", ObjectState::in_use,
         [](S& subject) {
             subject.holders.emplace_back([&]() -> int { leave_it_to_a_thread(subject.create()); });
             return subject.state();
         }},
        {"another user has it", ObjectState::in_use,
         [](S& subject) {
             subject.holders.emplace_back([&] {
                 become_nobody();
                 return subject.create();
             });
             return subject.state();
         }},
        {"a process in another PID namespace has it", ObjectState::in_use,
         [](S& subject) {
             subject.holders.emplace_back([&]() -> int {
                 if (unshare(CLONE_NEWPID) != 0 || fork() == 0) {
                     prctl(PR_SET_PDEATHSIG, SIGKILL);
                     Holder::rest_with(subject.create());
                 }
                 pause();
                 return 0;
             });
             return subject.state();
         }},
        {"its name was made anew, and only the one before has users", ObjectState::stale,
         [](S& subject) {
             subject.hold();
             Kind::unlink(subject.name);
             subject.leave_behind();
             return subject.state();
         }},
        {"who looks may neither read it nor look into its user", ObjectState::unknown,
         [](S& subject) {
             subject.holders.emplace_back(
                 [&] { return Kind::open(subject.name, crex::O_CREX, 0600); });
             return state_seen_by([&] {
                 become_nobody();
                 return subject.state();
             });
         }},
        {"nobody has it, and who looks is not its owner and cannot look into everybody",
         if_it_tells,
         [](S& subject) {
             subject.leave_behind();
             return state_seen_by([&] {
                 become_nobody();
                 return subject.state();
             });
         }},
        {"its user is out of sight", ObjectState::in_use,
         [](S& subject) {
             subject.hold();
             return seen_from_another_namespace(subject);
         }},
        {"nobody has it, and some are out of sight", ObjectState::stale,
         [](S& subject) {
             subject.leave_behind();
             return seen_from_another_namespace(subject);
         }},
    };
}

} // namespace test
