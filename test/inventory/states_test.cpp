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

#include "inventory/situations.hpp"
#include "inventory/stage.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;
using crex::ObjectKind;
using crex::ObjectState;

namespace {

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
