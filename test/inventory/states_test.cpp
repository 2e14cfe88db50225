// SPDX-License-Identifier: BSL-1.0

// In every situation an object has the state that it should have.

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

// Makes the descriptor wait in `socket` until it is received at the other end.
bool send_descriptor(int socket, int descriptor) {
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptor)> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr& header = *CMSG_FIRSTHDR(&message);
    header.cmsg_level = SOL_SOCKET;
    header.cmsg_type = SCM_RIGHTS;
    header.cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(&header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, 0) == 1;
}

using KindsWithoutLocks = std::tuple<Semaphores, SharedMemories, BoostQueues, PosixQueues>;

using KindsOfMemory = std::tuple<Semaphores, RobustSemaphores, SharedMemories, RobustQueues, Rings>;

template <class Arrange> ObjectState state_of_memory(Arrange arrange) {
    ObjectUnderTest<SharedMemories> subject;
    subject.holders.emplace_back([&] { return arrange(subject.create()); });
    return subject.state();
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(an_object_has_the_state_that_its_situation_demands, Kind, Kinds) {
    if (!enter_stage()) {
        return;
    }
    for (const Situation<Kind>& situation : situations<Kind>()) {
        ObjectUnderTest<Kind> subject;
        BOOST_TEST_CONTEXT(situation.title) {
            BOOST_TEST(to_string(situation.look(subject)) == to_string(situation.expected));
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

BOOST_AUTO_TEST_CASE(memory_whose_only_descriptor_is_on_its_way_through_a_socket_is_in_use) {
    if (enter_stage()) {
        const auto state = state_of_memory([](crex::SharedMemory memory) {
            std::array<int, 2> ends{};
            if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()) != 0 ||
                !send_descriptor(ends[0], memory.fd())) {
                throw std::runtime_error{"sendmsg"};
            }
            return ends;
        });
        BOOST_TEST((state == ObjectState::in_use));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ordinary_user_can_tell_that_an_own_file_is_unused, Kind,
                              KindsWithoutLocks) {
    if (enter_stage()) {
        ObjectUnderTest<Kind> subject;
        BOOST_TEST((state_seen_by([&] {
                        become_nobody();
                        subject.leave_behind();
                        return subject.state();
                    }) == ObjectState::stale));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(memory_without_a_name_is_listed_while_a_process_has_it, Kind,
                              KindsOfMemory) {
    if (enter_stage()) {
        ObjectUnderTest<Kind> subject; // opened by its name, by which the kernel knows it
        subject.leave_behind();
        subject.holders.emplace_back([&] { return Kind::open(subject.name); });
        const auto before = found(kind_of<Kind>, subject.name).value();
        Kind::unlink(subject.name);
        const auto after = found(kind_of<Kind>, subject.name).value();
        BOOST_TEST(before.is_linked);
        BOOST_TEST(!after.is_linked);
        BOOST_TEST((after.id == before.id));
        BOOST_TEST((after.size == before.size));
        BOOST_TEST(after.owner == before.owner);
        BOOST_TEST((after.state == ObjectState::in_use));
        BOOST_TEST_REQUIRE(after.users.size() == 1U);
        BOOST_TEST(after.users.front().pid == subject.holders.front().pid());
        subject.holders.front().kill();
        BOOST_TEST(!found(kind_of<Kind>, subject.name));
    }
}

BOOST_AUTO_TEST_CASE(the_size_of_memory_that_is_only_mapped_and_has_no_name_is_known) {
    if (enter_stage()) {
        ObjectUnderTest<SharedMemories> subject;
        subject.leave_behind();
        subject.holders.emplace_back([&] {
            auto memory = SharedMemories::open(subject.name);
            auto view = memory.map();
            memory.close_fd();
            return view;
        });
        const auto before = found(kind_of<SharedMemories>, subject.name).value();
        SharedMemories::unlink(subject.name);
        BOOST_TEST((found(kind_of<SharedMemories>, subject.name).value().size == before.size));
    }
}

BOOST_AUTO_TEST_CASE(simultaneous_inventories_do_not_take_each_other_for_users) {
    if (enter_stage()) {
        ObjectUnderTest<SharedMemories> subject;
        subject.leave_behind();
        const Process busy{std::function<int()>{[&]() -> int {
            for (;;) {
                static_cast<void>(subject.state());
            }
        }}};
        int stale = 0;
        for (int i = 0; i < 40; ++i) {
            stale += subject.state() == ObjectState::stale ? 1 : 0;
        }
        BOOST_TEST(stale >= 20); // an inventory that pauses in the middle has it open
    }
}

// PostgreSQL does this with the memory of a query, on a busy machine.
BOOST_AUTO_TEST_CASE(memory_that_is_unmapped_just_before_its_name_is_removed_is_never_stale) {
    if (enter_stage()) {
        const std::string name = unique_name();
        const Process busy{std::function<int()>{[&]() -> int {
            for (;;) {
                std::optional memory{SharedMemories::open(name, crex::O_CREX)};
                memory.reset();
                std::this_thread::sleep_for(std::chrono::milliseconds{5});
                SharedMemories::unlink(name);
            }
        }}};
        int stale = 0;
        for (int i = 0; i < 20; ++i) {
            const auto object = found(ObjectKind::shared_memory, name);
            stale += object && object->state == ObjectState::stale ? 1 : 0;
        }
        BOOST_TEST(stale == 0);
    }
}

BOOST_AUTO_TEST_CASE(sysv_memory_that_is_attached_just_after_it_was_made_is_never_stale) {
    if (enter_stage()) {
        const Process busy{std::function<int()>{[&]() -> int {
            for (;;) {
                const int id = shmget(IPC_PRIVATE, 4096, 0600);
                std::this_thread::sleep_for(std::chrono::milliseconds{5});
                const void* const at = shmat(id, nullptr, 0);
                shmctl(id, IPC_RMID, nullptr);
                shmdt(at);
            }
        }}};
        for (int i = 0; i < 20; ++i) {
            for (const crex::Object& object : crex::list_objects().objects) {
                BOOST_TEST((object.kind != ObjectKind::sysv_shared_memory ||
                            object.state != ObjectState::stale));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(memory_that_is_open_and_not_mapped_is_in_use) {
    if (enter_stage()) {
        const auto state = state_of_memory([](crex::SharedMemory memory) { return memory; });
        BOOST_TEST((state == ObjectState::in_use));
    }
}
