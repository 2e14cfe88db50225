// SPDX-License-Identifier: BSL-1.0

// Unused objects can be removed, and no others.

#include <csignal>
#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "inventory/stage.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/poll_fifo.hpp"
#include "support/private_shm.hpp"
#include "support/unique_name.hpp"

using namespace test;
using crex::ObjectKind;
using crex::Removal;

namespace {

template <class Kind> ObjectKind kind_of() {
    const std::string name = unique_name();
    const Removed<Kind> removed{name};
    const auto handle = Kind::open(name, crex::O_CREX);
    for (const crex::Object& object : crex::list_objects().objects) {
        if (object.name == name) {
            return object.kind;
        }
    }
    throw std::runtime_error{"it is not listed"};
}

template <class Kind> struct Left {
    std::string name = unique_name();
    Removed<Kind> removed{name};
    ObjectKind kind = kind_of<Kind>();

    Left() { leave_behind(); }
    void leave_behind() const {
        in_child([&] { return Kind::open(name, crex::O_CREX), 0; });
    }
    [[nodiscard]] crex::Object object() const { return found(kind, name).value(); }
    [[nodiscard]] bool is_there() const { return Kind::inspect(name).has_value(); }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(unused_object_is_removed, Kind, Kinds) {
    if (enter_stage()) {
        const Left<Kind> left;
        BOOST_TEST((crex::remove_if_stale(left.object()) == Removal::removed));
        BOOST_TEST(!left.is_there());
        BOOST_TEST(files_in_shm() == 1U); // the directory where kernel queues are mounted
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_that_came_into_use_after_the_inventory_is_not_removed, Kind,
                              Kinds) {
    if (enter_stage()) {
        const Left<Kind> left;
        const crex::Object object = left.object();
        const Holder holder{[&] { return Kind::open(left.name); }};
        BOOST_TEST((crex::remove_if_stale(object) == Removal::in_use));
        BOOST_TEST(left.is_there());
        BOOST_TEST((left.object().id == object.id));
        BOOST_TEST(files_in_shm() <= 2U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(new_object_of_the_same_name_is_not_removed, Kind, Kinds) {
    if (enter_stage()) {
        const Left<Kind> left;
        const crex::Object object = left.object();
        Kind::unlink(left.name);
        left.leave_behind();
        BOOST_TEST((crex::remove_if_stale(object) == Removal::gone));
        BOOST_TEST((crex::remove(object) == Removal::gone));
        BOOST_TEST(left.is_there());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_in_use_is_removed_by_force_only, Kind, Kinds) {
    if (enter_stage()) {
        const Left<Kind> left;
        const Holder holder{[&] { return Kind::open(left.name); }};
        const crex::Object object = left.object();
        BOOST_TEST((crex::remove_if_stale(object) == Removal::in_use));
        BOOST_TEST(left.is_there());
        BOOST_TEST((crex::remove(object) == Removal::removed));
        BOOST_TEST(!left.is_there());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_that_may_be_in_use_out_of_sight_is_not_removed, Kind, Kinds) {
    if (enter_stage()) {
        const Left<Kind> left;
        const int outcome = in_child([&] {
            become_nobody();
            const auto object = crex::list_objects().objects.front();
            return static_cast<int>(crex::remove_if_stale(object));
        });
        BOOST_TEST(outcome != static_cast<int>(Removal::removed));
        BOOST_TEST(left.is_there());
    }
}

BOOST_AUTO_TEST_CASE(memory_that_was_moved_aside_and_is_in_use_gets_its_name_back) {
    if (enter_stage()) {
        const Left<SharedMemories> left;
        const Holder holder{[&] { return SharedMemories::open(left.name); }};
        std::filesystem::rename("/dev/shm" + left.name,
                                "/dev/shm/crex-aside.7." + left.name.substr(1));
        const auto aside = found(left.kind, "/crex-aside.7." + left.name.substr(1)).value();
        BOOST_TEST((crex::remove_if_stale(aside) == Removal::in_use));
        BOOST_TEST(left.is_there());
        BOOST_TEST(files_in_shm() == 2U); // and the directory where kernel queues are mounted
    }
}

BOOST_AUTO_TEST_CASE(memory_that_was_moved_aside_does_not_prevent_removal_of_its_successor) {
    if (enter_stage()) {
        const Left<SharedMemories> left;
        std::filesystem::rename("/dev/shm" + left.name,
                                "/dev/shm/crex-aside.0." + left.name.substr(1));
        left.leave_behind();
        BOOST_TEST((crex::remove_if_stale(left.object()) == Removal::removed));
        BOOST_TEST(!left.is_there());
        const auto aside = found(left.kind, "/crex-aside.0." + left.name.substr(1)).value();
        BOOST_TEST((crex::remove_if_stale(aside) == Removal::removed));
        BOOST_TEST(files_in_shm() == 1U);
    }
}

// The lease through which the kernel is asked is broken by each open(2), and the kernel reports
// that by a signal.
BOOST_AUTO_TEST_CASE(inventory_of_memory_that_others_open_raises_no_signal) {
    if (enter_stage()) {
        const Left<SharedMemories> left;
        Process opener{[&]() -> int {
            for (;;) {
                SharedMemories::open(left.name);
            }
        }};
        static volatile sig_atomic_t signals = 0;
        for (const int number : {SIGURG, SIGIO}) {
            std::signal(number, [](int) { signals = signals + 1; });
        }
        for (int i = 0; i < 2000; ++i) {
            static_cast<void>(left.object());
        }
        BOOST_TEST(signals == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_forked_child_that_has_not_used_a_robust_object_yet_keeps_it) {
    if (enter_stage()) {
        const Left<RobustQueues> left;
        auto handle = std::make_unique<crex::MessageQueue>(RobustQueues::open(left.name));
        const Holder child{[] { return 0; }};
        handle.reset();
        crex::Object object = left.object();
        BOOST_TEST((object.state == crex::ObjectState::in_use));
        object.state = crex::ObjectState::stale; // as seen by a user that cannot see the child
        BOOST_TEST((crex::remove_if_stale(object) == Removal::in_use));
    }
}

BOOST_AUTO_TEST_CASE(message_sent_after_the_inventory_keeps_the_queue) {
    if (enter_stage()) {
        const Left<RobustQueues> left;
        const crex::Object object = left.object();
        in_child([&] { return RobustQueues::open(left.name).send("x"), 0; });
        BOOST_TEST((crex::remove_if_stale(object) == Removal::unproven));
        BOOST_TEST(left.object().may_have_content);
        BOOST_TEST((left.object().messages == std::optional<std::uint64_t>{1}));
    }
}

BOOST_AUTO_TEST_CASE(record_sent_after_the_inventory_keeps_the_ring) {
    if (enter_stage()) {
        const Left<Rings> left;
        const crex::Object object = left.object();
        in_child([&] { return Rings::open(left.name).producer().send("x"), 0; });
        BOOST_TEST((crex::remove_if_stale(object) == Removal::unproven));
        BOOST_TEST(left.object().may_have_content);
        BOOST_TEST((left.object().messages == std::optional<std::uint64_t>{1}));
    }
}

BOOST_AUTO_TEST_CASE(the_poll_fifo_goes_with_its_queue) {
    if (enter_stage()) {
        const Left<RobustQueues> left;
        in_child([&] {
            const auto queue = RobustQueues::open(left.name);
            (void)queue.ready_fd();
            _exit(0); // as if killed
            return 0;
        });
        const std::string poll_fifo = poll_fifo_of(RobustQueues::path(left.name));
        BOOST_TEST_REQUIRE(std::ifstream::traits_type::eof() != 0);
        BOOST_TEST_REQUIRE(access(poll_fifo.c_str(), F_OK) == 0);
        BOOST_TEST((crex::remove_if_stale(left.object()) == Removal::removed));
        BOOST_TEST(access(poll_fifo.c_str(), F_OK) != 0);
    }
}

BOOST_AUTO_TEST_CASE(a_poll_fifo_without_a_queue_is_an_object_until_it_is_removed) {
    if (enter_stage()) {
        std::string poll_fifo;
        {
            const Left<RobustQueues> left;
            in_child([&] {
                (void)RobustQueues::open(left.name).ready_fd();
                _exit(0);
                return 0;
            });
            poll_fifo = poll_fifo_of(RobustQueues::path(left.name));
            unlink(RobustQueues::path(left.name).c_str());
        }
        const auto object = found(ObjectKind::poll_fifo, poll_fifo.substr(poll_fifo.rfind('/')));
        BOOST_TEST_REQUIRE(object.has_value());
        BOOST_TEST((object->state == crex::ObjectState::stale));
        BOOST_TEST((crex::remove_if_stale(*object) == Removal::removed));
        BOOST_TEST(access(poll_fifo.c_str(), F_OK) != 0);
    }
}

BOOST_AUTO_TEST_CASE(system_v_memory_is_removed_when_it_is_not_attached) {
    if (enter_stage()) {
        const int id = shmget(IPC_PRIVATE, 4096, 0600);
        void* const memory = shmat(id, nullptr, 0);
        const std::string name = std::to_string(id);
        const auto used = found(ObjectKind::sysv_shared_memory, name).value();
        BOOST_TEST((used.state == crex::ObjectState::in_use));
        BOOST_TEST((used.users.size() == 1 && used.users.front().pid == getpid()));
        shmdt(memory);
        const auto unused = found(ObjectKind::sysv_shared_memory, name).value();
        BOOST_TEST((unused.state == crex::ObjectState::stale));
        BOOST_TEST((crex::remove_if_stale(used) == Removal::in_use));
        BOOST_TEST((crex::remove_if_stale(unused) == Removal::removed));
        BOOST_TEST((crex::remove_if_stale(unused) == Removal::gone));
    }
}

BOOST_AUTO_TEST_CASE(state_of_a_system_v_semaphore_is_unknown) {
    if (enter_stage()) {
        const int id = semget(IPC_PRIVATE, 1, 0600);
        const auto object = found(ObjectKind::sysv_semaphores, std::to_string(id)).value();
        BOOST_TEST((object.state == crex::ObjectState::unknown));
        BOOST_TEST((crex::remove_if_stale(object) == Removal::unproven));
        BOOST_TEST((crex::remove(object) == Removal::removed));
    }
}
