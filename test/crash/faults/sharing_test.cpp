// SPDX-License-Identifier: BSL-1.0

// Unrelated processes share a robust queue: users of a common group, and processes in different PID
// namespaces, which may have equal process IDs.

#include <array>
#include <functional>
#include <thread>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "crash/corruption/mutation.hpp"
#include "crash/corruption/situation.hpp"
#include "crash/faults/permitted.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned alice = 54321;
constexpr unsigned bob = 54322;
constexpr unsigned mallory = 54323;
constexpr unsigned common = 54330;

struct Fixture {
    std::string name = unique_name();
    Removed<RobustQueues> removed{name};

    [[nodiscard]] crex::MessageQueue create(unsigned mode = 0600) const {
        return crex::MessageQueue{name,
                                  crex::O_CREX,
                                  {.mode = mode,
                                   .max_messages = 4,
                                   .max_message_size = 64,
                                   .backend = crex::Backend::robust}};
    }
    [[nodiscard]] crex::MessageQueue open() const { return RobustQueues::open(name); }
};

// Runs `body` as this user with these groups.
int as(unsigned user, std::vector<gid_t> groups, const std::function<int()>& body) {
    return in_child([&] {
        if (setgroups(groups.size(), groups.data()) != 0 || setgid(groups.front()) != 0 ||
            setuid(user) != 0) {
            return int{usage};
        }
        return body();
    });
}

// A process that is number 1 in a PID namespace of its own. The constructor waits until the process
// says that it is ready. From then on it is killed with its parent.
class Tenant {
public:
    using Ready = std::function<void()>;
    using Body = std::function<int(const Ready&)>;

    explicit Tenant(const Body& body)
        : process_{[&] {
              if (unshare(CLONE_NEWPID) != 0) {
                  return int{usage};
              }
              return Process{
                  [&] { return getpid() == 1 ? body([&] { ready_.give(); }) : int{usage}; }}
                  .wait();
          }} {
        ready_.wait();
    }

    int wait() { return process_.wait(); }
    void kill() { process_.kill(); }

private:
    // A signal from a child to its parent. The parent also goes on when the child has ended without
    // it.
    class Signal {
    public:
        Signal() { BOOST_TEST_REQUIRE(pipe2(ends_.data(), O_CLOEXEC) == 0); }
        ~Signal() { close(ends_[0]); }
        Signal(const Signal&) = delete;
        Signal& operator=(const Signal&) = delete;

        void give() const { BOOST_TEST_REQUIRE(write(ends_[1], "!", 1) == 1); }
        void wait() const {
            char c = 0;
            close(ends_[1]);
            while (read(ends_[0], &c, 1) < 0 && errno == EINTR) {
            }
        }

    private:
        std::array<int, 2> ends_{};
    };

    Signal ready_;
    Process process_;
};

int in_tenant(const std::function<int()>& body) {
    return Tenant{[&](const Tenant::Ready&) { return body(); }}.wait();
}

bool there_are_namespaces() {
    return in_tenant([] { return int{done}; }) == done;
}

// Waits forever and keeps what the caller holds.
[[noreturn]] void stay() {
    for (;;) {
        pause();
    }
}

} // namespace

BOOST_FIXTURE_TEST_CASE(two_users_of_a_common_group_work_together, Fixture) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root can become two other users");
        return;
    }
    BOOST_TEST(as(alice, {common}, [&] {
                   create(0660).send("from alice");
                   return int{done};
               }) == done);
    BOOST_TEST(as(bob, {bob, common}, [&] {
                   auto queue = open();
                   const bool got = queue.receive(5s).body == "from alice";
                   queue.send("from bob");
                   return got ? int{done} : int{no};
               }) == done);
    BOOST_TEST(as(alice, {common}, [&] {
                   return open().receive(5s).body == "from bob" ? int{done} : int{no};
               }) == done);
    BOOST_TEST(as(mallory, {mallory}, [&] {
                   const auto queue = open();
                   return int{done};
               }) == permissions_error);
}

// One user's process dies with a lease; the other user's process recovers the queue.
BOOST_FIXTURE_TEST_CASE(lease_of_a_dead_process_comes_back_to_another_user, Fixture) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root can become two other users");
        return;
    }
    BOOST_TEST(as(alice, {common}, [&] {
                   auto queue = create(0660);
                   queue.send("work");
                   const auto lease = queue.lease();
                   _exit(done);
                   return int{done};
               }) == done);
    BOOST_TEST(as(bob, {common}, [&] {
                   auto queue = open();
                   const auto lease = queue.lease(5s);
                   return lease.attempts() == 1 ? int{done} : int{no};
               }) == done);
}

BOOST_FIXTURE_TEST_CASE(a_lease_held_in_another_pid_namespace_is_kept_and_then_given_back,
                        Fixture) {
    if (!there_are_namespaces()) {
        surroundings::skip_or_fail("no PID namespace can be made here");
        return;
    }
    auto queue = create();
    queue.send("work");
    Tenant holder{[&](const Tenant::Ready& ready) {
        auto mine = open();
        const auto lease = mine.lease();
        ready();
        stay();
        return int{done};
    }};
    // The other process waits longer than any re-check, and has the holder's process ID.
    BOOST_TEST(in_tenant([&] { return open().try_lease(1s) ? int{done} : int{no}; }) == no);
    holder.kill();
    BOOST_TEST(in_tenant([&] { return open().lease(10s).attempts() == 1 ? int{done} : int{no}; }) ==
               done);
}

BOOST_FIXTURE_TEST_CASE(a_lock_held_in_another_pid_namespace_is_kept_and_then_taken_over, Fixture) {
    if (!there_are_namespaces()) {
        surroundings::skip_or_fail("no PID namespace can be made here");
        return;
    }
    auto queue = create();
    // Like a process that is killed in the middle of send(): the lock's word names it.
    Tenant holder{[&](const Tenant::Ready& ready) {
        auto mine = open();
        const hostile::Mapping mapping{RobustQueues::path(name)};
        hostile::forge_holder(mapping.bytes(), hostile::End::senders, 1);
        ready();
        stay();
        return int{done};
    }};
    const auto send_as_another = [&](crex::Timeout timeout) {
        return in_tenant(
            [&] { return open().try_send_for(timeout, "after") ? int{done} : int{no}; });
    };
    BOOST_TEST(!queue.try_send("before"));
    BOOST_TEST(send_as_another(1s) == no);
    holder.kill();
    BOOST_TEST(send_as_another(10s) == done);
    BOOST_TEST(queue.receive(10s).body == "after");
}

// Processes in three namespaces, each number 1 there: two use the queue, and one of these is killed
// again and again.
BOOST_FIXTURE_TEST_CASE(kills_in_one_pid_namespace_do_not_disturb_another, Fixture) {
    if (!there_are_namespaces()) {
        surroundings::skip_or_fail("no PID namespace can be made here");
        return;
    }
    auto queue = create();
    const auto churn = [&](const Tenant::Ready& ready) {
        auto mine = open();
        ready();
        for (unsigned i = 0;; ++i) {
            (void)mine.try_send("churned", i % 3);
            (void)mine.try_receive();
        }
        return int{done};
    };
    Tenant survivor{churn};
    for (int round = 0; round < 20; ++round) {
        Tenant victim{churn};
        std::this_thread::sleep_for(std::chrono::microseconds{500 + round * 137});
        victim.kill();
        // Neither room nor access to it is lost.
        BOOST_TEST(queue.try_send_for(10s, "round"));
        BOOST_TEST(queue.try_receive_for(10s).has_value());
    }
    survivor.kill();
    while (queue.try_receive_for(100ms)) {
    }
    for (int i = 0; i < 4; ++i) {
        BOOST_TEST(queue.try_send_for(10s, "all of it"));
    }
}

BOOST_AUTO_TEST_CASE(a_permit_held_in_another_pid_namespace_is_kept_and_then_comes_back) {
    if (!there_are_namespaces()) {
        surroundings::skip_or_fail("no PID namespace can be made here");
        return;
    }
    const std::string name = unique_name();
    const Removed<RobustSemaphores> removed{name};
    const crex::RobustSemaphore turn{name, crex::O_CREX};
    Tenant holder{[&](const Tenant::Ready& ready) {
        crex::RobustSemaphore{name}.acquire(); // closing it gives the permit back
        crex::RobustSemaphore mine{name};
        mine.acquire();
        ready();
        stay();
        return int{done};
    }};
    BOOST_TEST(in_tenant([&] {
                   return crex::RobustSemaphore{name}.try_acquire_for(1s) ? int{done} : int{no};
               }) == no);
    BOOST_TEST_REQUIRE(turn.holders().size() == 1U);
    BOOST_TEST(turn.holders().front().pid == 0); // the holder's ID means nothing in this namespace
    holder.kill();
    BOOST_TEST(in_tenant([&] {
                   crex::RobustSemaphore mine{name};
                   mine.acquire(10s);
                   return mine.previous_holder_died() ? int{done} : int{no};
               }) == done);
}

BOOST_AUTO_TEST_CASE(object_made_by_root_is_used_by_the_user_of_a_service) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root can give an object to another user");
        return;
    }
    const std::string name = unique_name();
    crex::Semaphore semaphore{
        name, crex::O_CREX, {.initial_value = 1, .owner = alice, .group = common}};
    crex::RobustSemaphore robust{name, crex::O_CREX, {.owner = alice}};
    crex::SharedMemory memory{name, crex::O_CREX, {.size = 64, .owner = alice}};
    crex::Ring ring{name, crex::O_CREX, {.owner = alice}};
    std::vector<crex::MessageQueue> queues;
    for (const auto backend : {crex::Backend::robust, crex::Backend::boost, crex::Backend::posix}) {
        queues.emplace_back(name + "-q", crex::O_CREX,
                            crex::MessageQueueOptions{.backend = backend, .owner = alice});
    }
    BOOST_TEST(as(alice, {common}, [&] {
                   crex::Semaphore{name}.acquire(5s);
                   crex::RobustSemaphore{name}.acquire(5s);
                   (void)crex::SharedMemory{name}.map();
                   (void)crex::Ring{name}.producer();
                   for (auto& queue : queues) {
                       crex::MessageQueue{queue.name(), 0, {.backend = queue.backend()}}.send("x");
                   }
                   return int{done};
               }) == done);
    BOOST_TEST(as(bob, {bob}, [&] { return crex::RobustSemaphore{name}, int{done}; }) ==
               permissions_error);
    semaphore.unlink();
    robust.unlink();
    memory.unlink();
    ring.unlink();
    for (auto& queue : queues) {
        queue.unlink();
    }
    BOOST_TEST(as(alice, {alice}, [&] {
                   return crex::Semaphore{name, crex::O_CREX, {.owner = bob}}, int{done};
               }) == permissions_error);
}
