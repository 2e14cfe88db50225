// SPDX-License-Identifier: BSL-1.0

// In every situation an object can be in, its state is what it should be.

#include <array>
#include <cstdlib>
#include <functional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/inventory/stage.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;
using crex::ObjectKind;
using crex::ObjectState;

namespace {

template <class Kind> constexpr ObjectKind kind_of = ObjectKind::shared_memory;
template <> constexpr ObjectKind kind_of<Semaphores> = ObjectKind::semaphore;
template <> constexpr ObjectKind kind_of<RobustSemaphores> = ObjectKind::robust_semaphore;
template <> constexpr ObjectKind kind_of<BoostQueues> = ObjectKind::boost_queue;
template <> constexpr ObjectKind kind_of<PosixQueues> = ObjectKind::kernel_queue;
template <> constexpr ObjectKind kind_of<RobustQueues> = ObjectKind::robust_queue;
template <> constexpr ObjectKind kind_of<Rings> = ObjectKind::ring;

template <class Kind> const bool proves_itself = crex::is_robust(kind_of<Kind>);

// Objects of a kind, and processes that use them.
template <class Kind> struct Scene {
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
        if (!object && kind_of<Kind> == ObjectKind::boost_queue) { // to who cannot read it
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
    std::function<ObjectState(Scene<Kind>&)> look;
};

// What a process in another PID namespace, with a /proc of its own, sees.
template <class Kind> ObjectState seen_from_another_namespace(const Scene<Kind>& scene) {
    return state_seen_by([&] {
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) {
            throw std::runtime_error{"unshare"};
        }
        return state_seen_by([&] {
            mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
            mount("proc", "/proc", "proc", 0, nullptr);
            return scene.state();
        });
    });
}

// Ends the process's first thread; another one keeps what it had.
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

// Has a child whose child has inherited an object, and ends before that one does.
template <class Kind> void leave_an_orphan(const Scene<Kind>& scene) {
    const int holder = getpid();
    if (fork() == 0) {
        const auto handle = scene.create();
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
    using S = Scene<Kind>;
    const auto unless_it_tells = proves_itself<Kind> ? ObjectState::stale : ObjectState::unknown;
    return {
        {"its creator lives", ObjectState::in_use,
         [](S& scene) {
             scene.hold();
             return scene.state();
         }},
        {"its creator has ended", ObjectState::stale,
         [](S& scene) {
             scene.leave_behind();
             return scene.state();
         }},
        {"its creator was killed", ObjectState::stale,
         [](S& scene) {
             scene.hold().kill();
             return scene.state();
         }},
        {"its creator was killed, and another has it open", ObjectState::in_use,
         [](S& scene) {
             scene.hold();
             scene.holders.emplace_back([&] { return Kind::open(scene.name); });
             scene.holders.front().kill();
             return scene.state();
         }},
        {"its only user is stopped", ObjectState::in_use,
         [](S& scene) {
             scene.hold().stop();
             return scene.state();
         }},
        {"its creator lives and has closed it", ObjectState::stale,
         [](S& scene) {
             scene.holders.emplace_back([&] {
                 auto handle = scene.create();
                 Kind::close(handle);
                 return 0;
             });
             return scene.state();
         }},
        {"a forked child has it, and the parent is dead", ObjectState::in_use,
         [](S& scene) {
             scene.holders.emplace_back([&] {
                 prctl(PR_SET_CHILD_SUBREAPER, 1);
                 leave_an_orphan(scene);
                 return 0;
             });
             return scene.state();
         }},
        {"its user's first thread has ended", ObjectState::in_use,
         [](S& scene) {
             scene.holders.emplace_back([&]() -> int { leave_it_to_a_thread(scene.create()); });
             return scene.state();
         }},
        {"another user has it", ObjectState::in_use,
         [](S& scene) {
             scene.holders.emplace_back([&] {
                 become_nobody();
                 return scene.create();
             });
             return scene.state();
         }},
        {"a process in another PID namespace has it", ObjectState::in_use,
         [](S& scene) {
             scene.holders.emplace_back([&]() -> int {
                 if (unshare(CLONE_NEWPID) != 0 || fork() == 0) {
                     prctl(PR_SET_PDEATHSIG, SIGKILL);
                     Holder::rest_with(scene.create());
                 }
                 pause();
                 return 0;
             });
             return scene.state();
         }},
        {"its name was made anew, and only the one before has users", ObjectState::stale,
         [](S& scene) {
             scene.hold();
             Kind::unlink(scene.name);
             scene.leave_behind();
             return scene.state();
         }},
        {"who looks may neither read it nor look into its user", ObjectState::unknown,
         [](S& scene) {
             scene.holders.emplace_back([&] { return Kind::open(scene.name, crex::O_CREX, 0600); });
             return state_seen_by([&] {
                 become_nobody();
                 return scene.state();
             });
         }},
        {"nobody has it, and who looks cannot look into everybody", unless_it_tells,
         [](S& scene) {
             scene.leave_behind();
             return state_seen_by([&] {
                 become_nobody();
                 return scene.state();
             });
         }},
        {"its user is out of sight",
         proves_itself<Kind> ? ObjectState::in_use : ObjectState::unknown,
         [](S& scene) {
             scene.hold();
             return seen_from_another_namespace(scene);
         }},
        {"nobody has it, and some are out of sight", unless_it_tells,
         [](S& scene) {
             scene.leave_behind();
             return seen_from_another_namespace(scene);
         }},
    };
}

template <class Arrange> ObjectState state_of_memory(Arrange arrange) {
    Scene<SharedMemories> scene;
    scene.holders.emplace_back([&] { return arrange(scene.create()); });
    return scene.state();
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(an_object_has_the_state_that_its_situation_demands, Kind, Kinds) {
    if (!enter_stage()) {
        return;
    }
    for (const Situation<Kind>& situation : situations<Kind>()) {
        Scene<Kind> scene;
        BOOST_TEST_CONTEXT(situation.title) {
            BOOST_TEST(to_string(situation.look(scene)) == to_string(situation.expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(memory_that_is_mapped_and_not_open_is_in_use) {
    if (enter_stage()) {
        const auto state = state_of_memory([](crex::SharedMemory memory) {
            auto view = memory.map();
            memory.close_fd();
            return view;
        });
        BOOST_TEST((state == ObjectState::in_use));
    }
}

BOOST_AUTO_TEST_CASE(memory_that_is_open_and_not_mapped_is_in_use) {
    if (enter_stage()) {
        const auto state = state_of_memory([](crex::SharedMemory memory) { return memory; });
        BOOST_TEST((state == ObjectState::in_use));
    }
}
