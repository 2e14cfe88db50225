// SPDX-License-Identifier: BSL-1.0

// crex, Python's sysv_ipc and Perl's IPC::SysV use the same System V objects.

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "interop/sysv_peers.hpp"
#include "support/eventually.hpp"
#include "support/sysv.hpp"

using namespace test;

namespace sysv = crex::sysv;

namespace {

struct Fixture {
    std::int32_t key = unique_key();
    std::string name = std::to_string(key);

    ~Fixture() {
        remove<sysv::Semaphore>();
        remove<sysv::SharedMemory>();
        remove<sysv::MessageQueue>();
    }

    template <class Handle> void remove() const {
        if (auto left = Handle::try_open(key)) {
            left->remove();
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_semaphore_made_here_counts_there, Peer, SysvPeers, Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    sysv::Semaphore semaphore{key, crex::O_CREX, {.initial_value = 1}};
    BOOST_TEST(run<Peer>({"is-finished", name}) == done);
    BOOST_TEST(run<Peer>({"acquire", name}) == done);
    BOOST_TEST(run<Peer>({"acquire", name}) == no);
    semaphore.release();
    BOOST_TEST(run<Peer>({"acquire", name}) == done);
    BOOST_TEST(run<Peer>({"release", name}) == done);
    BOOST_TEST(semaphore.value() == 1U);
    BOOST_TEST(run<Peer>({"create-semaphore", name, "1"}) == existential_error);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_semaphore_made_there_counts_here, Peer, SysvPeers, Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    BOOST_TEST_REQUIRE(run<Peer>({"create-semaphore", name, "2"}) == done);
    // No process has operated on the semaphore, but it has its value.
    sysv::Semaphore semaphore{key, crex::o_creat, {.initial_value = 7}};
    BOOST_TEST(semaphore.value() == 2U);
    BOOST_TEST(semaphore.mode() == 0600U);
    semaphore.acquire();
    BOOST_TEST(run<Peer>({"acquire", name}) == done);
    BOOST_TEST(!semaphore.try_acquire());
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_release_wakes_a_waiter_there_and_here, Peer, SysvPeers,
                                 Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    sysv::Semaphore semaphore{key, crex::O_CREX};
    auto there = let_wait<Peer>({"wait", name});
    BOOST_TEST(eventually([&] { return semaphore.waiting_for_nonzero() == 1; }));
    semaphore.release();
    BOOST_TEST(there.wait() == done);
    auto here = let_wait<CrexSysv>({"acquire", name});
    BOOST_TEST(run<Peer>({"release", name}) == done);
    BOOST_TEST(here.wait() == done);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(undo_gives_back_permits_held_there_and_here, Peer, SysvPeers,
                                 Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    const sysv::Semaphore semaphore{key, crex::O_CREX, {.initial_value = 1}};
    auto there = let_wait<Peer>({"hold", name});
    BOOST_TEST(semaphore.value() == 0U);
    there.kill();
    BOOST_TEST(semaphore.value() == 1U);
    auto here = let_wait<CrexSysv>({"hold", name});
    BOOST_TEST(run<Peer>({"acquire", name}) == no);
    here.kill();
    BOOST_TEST(run<Peer>({"acquire", name}) == done);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(object_removed_there_is_gone_here_and_the_reverse, Peer, SysvPeers,
                                 Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    const sysv::Semaphore first{key, crex::O_CREX};
    auto here = let_wait<CrexSysv>({"acquire", name});
    BOOST_TEST(run<Peer>({"remove-semaphore", name}) == done);
    BOOST_TEST(here.wait() == existential_error);
    sysv::Semaphore second{key, crex::O_CREX};
    auto there = let_wait<Peer>({"wait", name});
    second.remove();
    BOOST_TEST(there.wait() == existential_error);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(bytes_pass_both_ways, Peer, SysvPeers, Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    const sysv::SharedMemory memory{key, crex::O_CREX, {.size = 100}};
    auto view = memory.attach();
    view.bytes()[99] = std::byte{42};
    BOOST_TEST(run<Peer>({"check-byte", name, "99", "42"}) == done);
    BOOST_TEST(run<Peer>({"write-byte", name, "0", "7"}) == done);
    BOOST_TEST((view.bytes()[0] == std::byte{7}));
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(memory_made_there_is_found_and_counted_here, Peer, SysvPeers,
                                 Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    BOOST_TEST_REQUIRE(run<Peer>({"create-memory", name, "100"}) == done);
    const sysv::SharedMemory memory{key};
    BOOST_TEST(memory.size() == 100U);
    BOOST_TEST(memory.number_attached() == 0U);
    auto there = let_wait<Peer>({"attach", name});
    BOOST_TEST(memory.number_attached() == 1U);
    BOOST_TEST(memory.info().last_pid == there.pid());
    there.kill();
    BOOST_TEST(eventually([&] { return memory.number_attached() == 0; }));
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(messages_pass_both_ways_by_type, Peer, SysvPeers, Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    sysv::MessageQueue queue{key, crex::O_CREX};
    queue.send("not for you", {}, 2);
    auto there = let_wait<Peer>({"receive", name, "3"});
    queue.send("for you", {}, 3);
    BOOST_TEST(there.read_line() == "for you 3");
    BOOST_TEST(there.wait() == done);
    BOOST_TEST(run<Peer>({"send", name, "for us", "4"}) == done);
    BOOST_TEST(queue.receive({}, 4).body == "for us");
    BOOST_TEST(queue.receive().body == "not for you");
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_queue_made_there_is_found_here, Peer, SysvPeers, Fixture) {
    if (!is_here<Peer>()) {
        return;
    }
    BOOST_TEST_REQUIRE(run<Peer>({"create-queue", name}) == done);
    BOOST_TEST(run<Peer>({"send", name, "hello", "9"}) == done);
    sysv::MessageQueue queue{key, crex::o_creat};
    const auto [body, type] = queue.receive();
    BOOST_TEST(body == "hello");
    BOOST_TEST(type == 9);
}
