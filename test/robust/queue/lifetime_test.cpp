// SPDX-License-Identifier: BSL-1.0

// Queues whose name is removed with their last user.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

crex::MessageQueueOptions until_unused() {
    auto options = robust(4, 64);
    options.lifetime = crex::Lifetime::until_unused;
    return options;
}

struct Fixture : RobustFixture {
    Fixture() : RobustFixture{until_unused()} {}
};

struct Named {
    std::string name = unique_name();
    Removed<RobustQueueKind> removed{name};

    [[nodiscard]] Process start_robust(const std::string& verb,
                                       const std::string& argument = {}) const {
        Process peer{helper_path("robust_peer"), {verb, name, argument}};
        BOOST_TEST(peer.read_line() == "ready");
        return peer;
    }
};

bool is_there(const std::string& name) { return RobustQueueKind::inspect(name).has_value(); }

void interrupt(Process& peer) {
    peer.signal(SIGINT);
    BOOST_TEST(peer.wait() == done);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(the_last_handle_to_close_removes_the_name, Fixture) {
    auto other = another_handle();
    queue.close();
    BOOST_TEST(is_there(name));
    other.send("still in use");
    other.close();
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(destroying_the_last_handle_removes_the_name, Fixture) {
    { const auto taken = std::move(queue); }
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(waiting_messages_do_not_keep_the_name, Fixture) {
    queue.send("unread");
    queue.close();
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(lifetime_is_that_of_the_creator_however_later_users_open, RobustFixture) {
    { const crex::MessageQueue other{name, crex::o_creat, until_unused()}; }
    queue.close();
    BOOST_TEST(is_there(name)); // it was created to stay
    queue.unlink();
    crex::MessageQueue creator{name, crex::O_CREX, until_unused()};
    crex::MessageQueue user{name, crex::o_creat, robust(4, 64)};
    creator.close();
    user.close();
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(queue_stays_while_another_process_uses_it, Fixture) {
    queue.send("kept");
    auto peer = start_robust_until("ready", "hold-handles", {"2"});
    queue.close();
    BOOST_TEST(is_there(name));
    {
        auto again = another_handle();
        expect_next(again, "kept");
    }
    BOOST_TEST(is_there(name));
    interrupt(peer);
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(lease_keeps_the_queue, Fixture) {
    queue.send("work");
    auto lease = std::optional{queue.lease()};
    queue.close();
    BOOST_TEST(is_there(name));
    BOOST_TEST(text_of(*lease) == "work");
    lease.reset();
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(queue_whose_last_user_was_killed_cannot_be_opened, Named) {
    auto peer = start_robust("create-until-unused");
    BOOST_TEST(is_there(name));
    peer.kill();
    BOOST_TEST(!RobustQueueKind::try_open(name));
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(name_is_free_once_the_last_user_was_killed, Named) {
    for (const int flags : {crex::o_creat, crex::O_CREX}) {
        start_robust("create-until-unused").kill();
        crex::MessageQueue fresh{name, flags, robust(7, 64)};
        BOOST_TEST(fresh.max_messages() == 7U);
        BOOST_TEST(fresh.current_messages() == 0U);
        fresh.unlink();
    }
}

BOOST_FIXTURE_TEST_CASE(queue_stays_when_one_of_two_users_is_killed, Named) {
    auto creator = start_robust("create-until-unused");
    auto user = start_robust("hold-handles", "1");
    creator.kill();
    {
        auto visitor = RobustQueueKind::open(name);
        expect_next(visitor, "mark");
    }
    BOOST_TEST(is_there(name));
    interrupt(user);
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(handle_closed_after_the_other_user_was_killed_removes_the_name, Named) {
    auto creator = start_robust("create-until-unused");
    auto queue = RobustQueueKind::open(name);
    creator.kill();
    queue.close();
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(queue_may_be_unlinked_by_hand_while_it_is_used, Fixture) {
    auto other = another_handle();
    queue.unlink();
    queue.send("nameless");
    expect_next(other, "nameless");
    queue.close();
    other.close();
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(new_queue_of_that_name_is_not_removed_by_the_end_of_the_old_one, Fixture) {
    queue.unlink();
    crex::MessageQueue fresh{name, crex::O_CREX, until_unused()};
    fresh.send("mark");
    queue.close();
    auto again = another_handle();
    expect_next(again, "mark");
}

BOOST_FIXTURE_TEST_CASE(a_forked_child_is_a_user, Fixture) {
    auto child = Process{std::function<int()>{[&] {
        queue.send("from the child");
        pause();
        return done;
    }}};
    BOOST_TEST(queue.receive().body == "from the child");
    queue.close();
    BOOST_TEST(is_there(name));
    child.kill();
    BOOST_TEST(!RobustQueueKind::try_open(name));
    BOOST_TEST(!is_there(name));
}

BOOST_FIXTURE_TEST_CASE(forked_child_that_has_not_called_yet_is_a_user, Fixture) {
    int parent_closed[2];
    BOOST_TEST_REQUIRE(pipe(parent_closed) == 0);
    queue.send("work");
    Process worker{std::function<int()>{[&] {
        char byte = 0;
        const bool told = read(parent_closed[0], &byte, 1) == 1;
        return told && queue.receive(20s).body == "work" ? done : no;
    }}};
    queue.close();
    BOOST_TEST(is_there(name));
    {
        auto other = another_handle();
        BOOST_TEST(other.current_messages() == 1U);
    }
    BOOST_TEST(write(parent_closed[1], "", 1) == 1);
    BOOST_TEST(worker.wait() == done);
    BOOST_TEST(!RobustQueueKind::try_open(name)); // the worker has ended without closing
    BOOST_TEST(!is_there(name));
    close(parent_closed[0]);
    close(parent_closed[1]);
}

BOOST_FIXTURE_TEST_CASE(forked_child_that_never_calls_removes_the_name_at_its_end, Fixture) {
    int parent_closed[2];
    BOOST_TEST_REQUIRE(pipe(parent_closed) == 0);
    Process child{std::function<int()>{[&] {
        char byte = 0;
        const bool told = read(parent_closed[0], &byte, 1) == 1;
        queue.close();
        return told && !is_there(name) ? done : no;
    }}};
    queue.close();
    BOOST_TEST(write(parent_closed[1], "", 1) == 1);
    BOOST_TEST(child.wait() == done);
    BOOST_TEST(!is_there(name));
    close(parent_closed[0]);
    close(parent_closed[1]);
}

// In /dev/shm only a file's owner may remove it.
BOOST_FIXTURE_TEST_CASE(opener_that_may_not_remove_an_abandoned_name_is_told_whose_it_is, Named) {
    if (geteuid() != 0) {
        return;
    }
    auto options = until_unused();
    options.mode = 0666;
    options.any_owner = true;
    in_child([&] {
        const crex::MessageQueue killed{name, crex::O_CREX, options};
        _exit(done);
        return done;
    });
    const int outcome = in_child([&] {
        BOOST_TEST_REQUIRE((setgid(65534) == 0 && setuid(65534) == 0));
        for (const int flags : {0, crex::o_creat}) {
            expect_error<crex::PermissionsError>(EPERM, [&] {
                const crex::MessageQueue queue{name, flags, options};
            });
        }
        expect_error<crex::ExistentialError>(EEXIST, [&] {
            const crex::MessageQueue queue{name, crex::O_CREX, options};
        });
        return done;
    });
    BOOST_TEST(outcome == done);
}

// An opener gets the queue that has the name, however many other handles close at that moment: the
// last user must not remove the name while a new user opens the queue.
BOOST_FIXTURE_TEST_CASE(simultaneous_opening_and_closing_never_makes_two_queues_of_one_name,
                        Named) {
    std::atomic<bool> go_on{true};
    std::vector<std::thread> visitors;
    for (int i = 0; i < 2; ++i) {
        visitors.emplace_back([&] {
            while (go_on) {
                const crex::MessageQueue visit{name, crex::o_creat, until_unused()};
            }
        });
    }
    int lost = 0;
    for (int i = 0; i < scaled(1'000); ++i) {
        crex::MessageQueue queue{name, crex::o_creat, until_unused()};
        queue.send("mark");
        const auto again = RobustQueueKind::try_open(name);
        lost += again && again->current_messages() == 1 ? 0 : 1;
        (void)queue.receive();
    }
    go_on = false;
    for (auto& visitor : visitors) {
        visitor.join();
    }
    BOOST_TEST(lost == 0);
    BOOST_TEST(!is_there(name));
}
