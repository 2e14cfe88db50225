// SPDX-License-Identifier: BSL-1.0

// rm and gc.

#include <filesystem>

#include <sys/ipc.h>
#include <sys/shm.h>

#include "cli/command.hpp"
#include "cli/objects.hpp"

using namespace test;

namespace {

std::size_t count() { return listed()["objects"].size(); }

} // namespace

BOOST_AUTO_TEST_CASE(rm_removes_unused_objects) {
    if (enter_stage()) {
        const std::string queue = leave<RobustQueues>();
        const std::string memory = leave<SharedMemories>();
        expect_status(0, {"rm", queue, "shm:" + memory.substr(1)});
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rm_refuses_an_object_in_use_unless_forced, Kind, Kinds) {
    if (enter_stage()) {
        const std::string name = unique_name();
        const Removed<Kind> removed{name};
        const Holder holder{[&] { return Kind::open(name, crex::O_CREX); }};
        BOOST_TEST(contains(expect_status(75, {"rm", name}), "in use"));
        expect_status(9, {"rm", "-E9", name});
        BOOST_TEST(count() == 1U);
        expect_status(0, {"rm", "--force", name});
        BOOST_TEST(!Kind::inspect(name));
    }
}

// An interrupted removal or a half-made semaphore leaves such names, which the library refuses.
BOOST_AUTO_TEST_CASE(rm_removes_leftovers_with_reserved_names) {
    if (enter_stage()) {
        const std::string semaphore = leave<Semaphores>();
        const std::string memory = leave<SharedMemories>();
        std::filesystem::rename(Semaphores::path(semaphore), "/dev/shm/sem.crex-tmp.1.left");
        std::filesystem::rename(SharedMemories::path(memory), "/dev/shm/crex-aside.left");
        BOOST_TEST(count() == 2U);
        expect_status(0, {"rm", "/crex-tmp.1.left", "/crex-aside.left"});
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(rm_goes_on_after_an_error_and_reports_it) {
    if (enter_stage()) {
        const std::string left = leave<Semaphores>();
        expect_status(66, {"rm", "no-such-object", left});
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(rm_is_not_allowed_to_remove_an_object_of_another_user) {
    if (others_may_run(CREX_TEST_COMMAND) && enter_stage()) {
        const std::string left = leave<RobustQueues>();
        const int status = in_child([&] {
            become_nobody();
            return crex_command({"rm", left}).status;
        });
        BOOST_TEST(status == 77);
        BOOST_TEST(count() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(gc_removes_only_stale_objects_of_crex) {
    if (enter_stage()) {
        leave<RobustQueues>();
        leave<RobustSemaphores>();
        const std::string foreign = leave<SharedMemories>();
        const std::string used = unique_name();
        const Holder holder{[&] { return RobustQueues::open(used, crex::O_CREX); }};
        expect_status(0, {"gc", "--dry-run"});
        BOOST_TEST(count() == 4U);
        expect_status(0, {"gc", "--yes"});
        BOOST_TEST(count() == 2U);
        BOOST_TEST(!listed_object("crex-mq", used).is_null());
        BOOST_TEST(!listed_object("shm", foreign).is_null());
    }
}

BOOST_AUTO_TEST_CASE(gc_asks_and_takes_silence_for_no) {
    if (enter_stage()) {
        leave<RobustQueues>();
        const std::string command = shell_word(CREX_TEST_COMMAND);
        const auto answering = [&](const std::string& answer) {
            Process shell{"/bin/sh", {"-c", "printf '" + answer + "' | " + command + " gc"}};
            shell.read_all();
            return shell.wait();
        };
        BOOST_TEST(answering("") == 1);
        BOOST_TEST(answering("n\\n") == 1);
        BOOST_TEST(count() == 1U);
        BOOST_TEST(answering("y\\n") == 0);
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(gc_takes_foreign_objects_by_prefix_only) {
    if (enter_stage()) {
        leave<SharedMemories>();
        leave<Semaphores>();
        leave<BoostQueues>();
        leave<PosixQueues>();
        expect_status(64, {"gc", "--all", "--yes"});
        expect_status(0, {"gc", "--all", "--prefix", "no-such-prefix", "--yes"});
        BOOST_TEST(count() == 4U);
        expect_status(0, {"gc", "--all", "--prefix", "sem:", "--yes"});
        BOOST_TEST(count() == 3U);
        expect_status(0, {"gc", "--all", "--prefix", name_prefix().substr(1), "--yes"});
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_prefix_without_a_colon_is_one_of_names_alone) {
    if (enter_stage()) {
        leave<SharedMemories>();
        leave<Semaphores>();
        for (const char* const prefix : {"s", "shm", "sem"}) {
            expect_status(0, {"gc", "--all", "--prefix", prefix, "--yes"});
        }
        BOOST_TEST(count() == 2U);
        expect_status(64, {"gc", "--all", "--prefix", "", "--yes"});
        expect_status(64, {"gc", "--all", "--prefix=", "--yes"});
        BOOST_TEST(count() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(a_prefix_with_a_kind_does_without_the_slash) {
    if (enter_stage()) {
        const std::string begin = name_prefix().substr(1);
        leave<SharedMemories>();
        leave<Semaphores>();
        expect_status(0, {"gc", "--all", "--prefix", "shm:" + begin, "--yes"});
        BOOST_TEST(count() == 1U);
        expect_status(0, {"gc", "--all", "--prefix", "sem:/" + begin, "--yes"});
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_prefix_with_a_system_v_kind_is_one_of_numbers) {
    if (enter_stage()) {
        const std::string number = std::to_string(shmget(0x5EC, 64, IPC_CREAT | 0600));
        expect_status(0, {"gc", "--all", "--prefix", number, "--yes"});
        BOOST_TEST(count() == 1U);
        expect_status(0, {"gc", "--all", "--prefix", "sysv-shm:" + number, "--yes"});
        BOOST_TEST(count() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(gc_removes_nothing_when_told_both_to_show_and_not_to_ask) {
    if (enter_stage()) {
        const std::string name = leave<RobustQueues>();
        BOOST_TEST(contains(expect_status(0, {"gc", "-n", "-y"}), name));
        BOOST_TEST(count() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(gc_spares_messages_unless_told_twice) {
    if (enter_stage()) {
        const std::string name = leave<RobustQueues>();
        in_child([&] { return RobustQueues::open(name).send("x"), 0; });
        expect_status(0, {"gc", "--yes"});
        expect_status(0, {"gc", "--yes", "--older", "0"});
        expect_status(64, {"gc", "--yes", "--with-content"});
        expect_status(0, {"gc", "--yes", "--older", "1h", "--with-content"});
        BOOST_TEST(count() == 1U);
        expect_status(0, {"gc", "--yes", "--older", "1ms", "--with-content"});
        BOOST_TEST(count() == 0U);
    }
}
