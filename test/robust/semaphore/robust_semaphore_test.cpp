// SPDX-License-Identifier: BSL-1.0

// Specific to RobustSemaphore: its permits come back when their holder dies.

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "helpers/outcome_of.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    explicit Fixture(unsigned permits, crex::Release release = crex::Release::by_holders)
        : semaphore{
              name, crex::O_CREX, {.initial_value = permits, .release = release, .at = server}} {}

    crex::Server* const server = RobustSemaphoreKind::server();
    std::string name = unique_name();
    Removed<RobustSemaphoreKind> removed{name};
    crex::RobustSemaphore semaphore;

    [[nodiscard]] Process start_holding(unsigned permits = 1) const {
        auto peer = start_peer({"robust-hold", name, std::to_string(permits)});
        BOOST_TEST(peer.read_line() == "ready");
        return peer;
    }
};

struct Mutex : Fixture {
    Mutex() : Fixture{1} {}
};
struct Three : Fixture {
    Three() : Fixture{3} {}
};

} // namespace

BOOST_AUTO_TEST_CASE(semaphore_is_a_mutex_by_default) {
    const std::string name = unique_name();
    const Removed<RobustSemaphoreKind> removed{name};
    crex::RobustSemaphore turn{name, crex::o_creat, {.at = RobustSemaphoreKind::server()}};
    const std::scoped_lock guard{turn};
    BOOST_TEST(!turn.try_acquire());
    BOOST_TEST(turn.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(permits_come_back_when_their_holder_is_killed, Three) {
    auto peer = start_holding(2);
    BOOST_TEST(semaphore.value() == 1U);
    peer.kill();
    BOOST_TEST(eventually([&] { return semaphore.value() == 3; }));
    BOOST_TEST(semaphore.holders().empty());
}

BOOST_FIXTURE_TEST_CASE(waiter_gets_the_permit_of_a_killed_holder, Mutex) {
    auto holder = start_holding();
    auto waiter = start_peer({"robust-acquire", name});
    BOOST_TEST(waiter.read_line() == "ready");
    waiter.wait_until_asleep();
    holder.kill();
    BOOST_TEST(waiter.wait() == done);
}

BOOST_FIXTURE_TEST_CASE(new_handle_need_not_wait_for_the_permits_of_a_dead_holder, Mutex) {
    start_holding().kill();
    crex::RobustSemaphore anew{name, 0, {.at = server}};
    BOOST_TEST(anew.try_acquire());
}

BOOST_FIXTURE_TEST_CASE(next_holder_is_told_that_the_previous_holder_died, Mutex) {
    semaphore.acquire();
    BOOST_TEST(!semaphore.previous_holder_died());
    semaphore.release();
    start_holding().kill();
    semaphore.acquire();
    BOOST_TEST(semaphore.previous_holder_died());
    semaphore.release();
    semaphore.acquire();
    BOOST_TEST(!semaphore.previous_holder_died());
}

BOOST_FIXTURE_TEST_CASE(closing_gives_back_the_permits_of_the_handle, Three) {
    {
        crex::RobustSemaphore other{name, 0, {.at = server}};
        other.acquire();
        other.acquire();
        BOOST_TEST(semaphore.value() == 1U);
    }
    BOOST_TEST(semaphore.value() == 3U);
    semaphore.acquire();
    BOOST_TEST(semaphore.previous_holder_died());
}

BOOST_FIXTURE_TEST_CASE(holders_and_their_permits_can_be_queried, Three) {
    BOOST_TEST(semaphore.holders().empty());
    auto peer = start_holding(2);
    semaphore.acquire();
    BOOST_TEST(semaphore.held() == 1U);
    const auto holders = semaphore.holders();
    BOOST_TEST_REQUIRE(holders.size() == 2U);
    for (const auto& each : holders) {
        BOOST_TEST(each.permits == (each.pid == getpid() ? 1U : 2U));
        BOOST_TEST((each.pid == getpid() || each.pid == peer.pid()));
    }
}

BOOST_FIXTURE_TEST_CASE(handle_that_holds_no_permit_may_not_release, Three) {
    auto peer = start_holding();
    expect_error<crex::PermissionsError>(EPERM, [&] { semaphore.release(); });
    semaphore.acquire();
    expect_error<crex::PermissionsError>(EPERM, [&] { semaphore.release(2); });
    BOOST_TEST(semaphore.held() == 1U); // all or none
    semaphore.release();
    BOOST_TEST(semaphore.value() == 2U);
}

BOOST_AUTO_TEST_CASE(release_by_anyone_without_a_permit_makes_a_new_one) {
    Fixture f{1, crex::Release::by_anyone};
    auto peer = f.start_holding();
    f.semaphore.release();
    BOOST_TEST(f.semaphore.value() == 1U);
    f.semaphore.acquire();
    f.semaphore.release(3); // one of its own and two new ones
    BOOST_TEST(f.semaphore.value() == 3U);
    peer.kill();
    BOOST_TEST(eventually([&] { return f.semaphore.value() == 4; }));
}

BOOST_FIXTURE_TEST_CASE(forked_child_holds_no_permit_of_its_parent, Mutex) {
    semaphore.acquire();
    BOOST_TEST(in_child([&] {
                   return semaphore.held() == 0 && !semaphore.try_acquire() ? done : no;
               }) == done);
    BOOST_TEST(semaphore.held() == 1U);
    semaphore.release();
    BOOST_TEST(in_child([&] {
                   semaphore.acquire();
                   _exit(done); // it ends without releasing
                   return done;
               }) == done);
    BOOST_TEST(eventually([&] { return semaphore.value() == 1; }));
}

BOOST_FIXTURE_TEST_CASE(child_with_the_descriptor_keeps_the_permits_of_a_killed_holder, Mutex) {
    std::array<int, 2> end_of_child{};
    std::array<int, 2> forked{};
    BOOST_TEST_REQUIRE(::pipe(end_of_child.data()) == 0);
    BOOST_TEST_REQUIRE(::pipe(forked.data()) == 0);
    char c = 0;
    Process holder{[&] {
        crex::RobustSemaphore turn{name, 0, {.at = server}};
        turn.acquire();
        (void)turn.permit_fd();
        if (fork() == 0) {
            ::close(end_of_child[1]);
            const bool told = ::write(forked[1], "x", 1) == 1;
            _exit(told && ::read(end_of_child[0], &c, 1) == 0 ? 0 : 1);
        }
        pause();
        return 0;
    }};
    ::close(end_of_child[0]);
    ::close(forked[1]);
    BOOST_TEST_REQUIRE(::read(forked[0], &c, 1) == 1);
    ::close(forked[0]);
    BOOST_TEST(semaphore.value() == 0U);
    holder.kill();
    BOOST_TEST(!semaphore.try_acquire_for(3s)); // also not after a thorough scan
    ::close(end_of_child[1]);
    BOOST_TEST(eventually([&] { return semaphore.value() == 1; }));
}

BOOST_FIXTURE_TEST_CASE(permits_whose_descriptor_is_shared_can_be_released, Mutex) {
    semaphore.acquire();
    const int fd = ::dup(semaphore.permit_fd());
    BOOST_TEST(fd >= 0);
    BOOST_TEST(semaphore.permit_fd() == semaphore.permit_fd());
    semaphore.release();
    BOOST_TEST(semaphore.value() == 1U);
    semaphore.close();
    BOOST_TEST((crex::RobustSemaphore{name, 0, {.at = server}}.try_acquire()));
    ::close(fd);
}

BOOST_FIXTURE_TEST_CASE(a_forked_child_s_descriptor_keeps_the_child_s_permits_alone, Mutex) {
    semaphore.acquire();
    const int own = in_child([&] {
        const int fd = semaphore.permit_fd(); // the child's first use of the handle
        return fd >= 0 && semaphore.held() == 0 ? 0 : 1;
    });
    BOOST_TEST(own == 0);
    BOOST_TEST(semaphore.holders().size() == 1U);
    BOOST_TEST(semaphore.holders().front().pid == getpid()); // the entry still has the parent's ID
}

BOOST_FIXTURE_TEST_CASE(only_one_process_is_inside_whichever_is_killed, Mutex) {
    // Each process adds to both words while inside. They differ if two processes are inside, or if
    // one died there.
    crex::SharedMemory memory{std::nullopt, crex::O_CREX, {.size = 64}};
    const Removed<SharedMemories> its{memory.name()};
    auto view = memory.map();
    auto* const words = reinterpret_cast<volatile unsigned*>(view.bytes().data());
    const auto work = [&]() -> int {
        crex::RobustSemaphore turn{name, 0, {.at = RobustSemaphoreKind::server()}};
        for (;;) {
            const std::scoped_lock guard{turn};
            if (turn.previous_holder_died()) {
                words[1] = words[0];
            } else if (words[0] != words[1]) {
                return no;
            }
            words[0] = words[0] + 1;
            words[1] = words[1] + 1;
        }
    };
    Process steady{work};
    for (int i = 0; i < 200; ++i) {
        Process victim{work};
        std::this_thread::sleep_for(std::chrono::microseconds{500 + i * 10});
        victim.kill();
    }
    const unsigned before = words[0];
    BOOST_TEST(eventually([&] { return words[0] != before; }));
    semaphore.acquire();
    BOOST_TEST(state_of(steady.pid()) != 'Z'); // it has found no difference
}

BOOST_FIXTURE_TEST_CASE(threads_share_the_handle_s_permits, Mutex) {
    unsigned count = 0;
    const auto add = [&] {
        for (int i = 0; i < 10'000; ++i) {
            const std::scoped_lock guard{semaphore};
            ++count;
        }
    };
    {
        const std::jthread one{add};
        const std::jthread other{add};
    }
    BOOST_TEST(count == 20'000U);
}

BOOST_FIXTURE_TEST_CASE(closing_wakes_a_thread_that_waits, Mutex) {
    semaphore.acquire();
    crex::RobustSemaphore other{name, 0, {.at = server}};
    std::atomic<pid_t> tid{0};
    std::jthread waiter{[&] {
        tid = gettid();
        expect_error<crex::ExistentialError>(EBADF, [&] { other.acquire(); });
    }};
    while (tid == 0) {
        std::this_thread::yield();
    }
    wait_until_asleep(tid);
    other.close();
}

BOOST_FIXTURE_TEST_CASE(full_table_of_participants_is_an_error_of_its_own, Mutex) {
    std::vector<crex::RobustSemaphore> handles;
    while (handles.size() < crex::robust_handles_default - 1) {
        handles.emplace_back(name, 0, crex::RobustSemaphoreOptions{.at = server});
    }
    expect_error<crex::Error>(EUSERS, [&] { crex::RobustSemaphore{name, 0, {.at = server}}; });
    handles.pop_back();
    crex::RobustSemaphore again{name, 0, {.at = server}};
    BOOST_TEST(again.try_acquire());
}

BOOST_FIXTURE_TEST_CASE(an_entry_of_a_dead_participant_is_claimed_with_what_is_in_it_given_back,
                        Mutex) {
    auto holder = start_holding();
    std::vector<crex::RobustSemaphore> handles;
    while (handles.size() < crex::robust_handles_default - 2) {
        handles.emplace_back(name, 0, crex::RobustSemaphoreOptions{.at = server});
    }
    holder.kill();
    std::optional<crex::RobustSemaphore> heir;
    BOOST_TEST(eventually([&] { // a server sees the death a moment later
        try {
            heir.emplace(name, 0, crex::RobustSemaphoreOptions{.at = server});
        } catch (const crex::Error&) {
            return false;
        }
        return true;
    }));
    BOOST_TEST(heir->held() == 0U);
    BOOST_TEST(heir->try_acquire());
    BOOST_TEST(heir->previous_holder_died());
}

namespace {

// Holds the semaphore nearly all the time: acquires it again right after each release.
struct Greedy : Mutex {
    static constexpr auto turn = 100ms;

    [[nodiscard]] crex::RobustSemaphore handle_of_this_process() const {
        return crex::RobustSemaphore{name, 0, {.at = RobustSemaphoreKind::server()}};
    }

    std::atomic<int>& turns = *static_cast<std::atomic<int>*>(
        mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
             -1, 0));
    Process holder{std::function<int()>{[this]() -> int {
        auto its = handle_of_this_process();
        for (;;) {
            its.lock();
            ++turns;
            std::this_thread::sleep_for(turn);
            its.unlock();
        }
    }}};

    Greedy() {
        BOOST_TEST(eventually([&] { return turns > 1; }));
    }
};

} // namespace

// Once a waiter was woken in vain, the next release hands it the permit.
BOOST_FIXTURE_TEST_CASE(waiter_gets_a_permit_although_its_holder_takes_it_again_at_once, Greedy) {
    for (int i = 0; i < 10; ++i) {
        const int before = turns;
        BOOST_TEST(semaphore.try_lock_for(20s));
        BOOST_TEST(turns - before <= 3); // the current turn and two more
        semaphore.unlock();
    }
}

BOOST_FIXTURE_TEST_CASE(a_permit_handed_to_a_waiter_that_is_stopped_or_killed_is_not_lost, Greedy) {
    for (const int how : {SIGSTOP, SIGKILL}) {
        for (int i = 0; i < 10; ++i) {
            Process waiter{std::function<int()>{[this]() -> int {
                auto its = handle_of_this_process();
                its.lock();
                for (;;) {
                    pause();
                }
            }}};
            std::this_thread::sleep_for(turn + i * 10ms);
            waiter.signal(how);
            const int before = turns;
            if (how == SIGKILL) {
                BOOST_TEST(eventually([&] { return turns > before + 1; }));
            }
        }
    }
    BOOST_TEST(semaphore.try_lock_for(20s));
}

// An overtaken thread does not sleep where the others do.
BOOST_AUTO_TEST_CASE(closing_ends_the_wait_of_an_overtaken_thread) {
    const std::string name = unique_name();
    const Removed<RobustSemaphoreKind> removed{name};
    crex::RobustSemaphore greedy{
        name, crex::O_CREX, {.initial_value = 1, .at = RobustSemaphoreKind::server()}};
    for (int i = 0; i < 30; ++i) {
        greedy.acquire();
        crex::RobustSemaphore patient{name, 0, {.at = RobustSemaphoreKind::server()}};
        std::atomic<pid_t> waiting{0};
        std::atomic<int> outcome{no};
        std::thread thread{[&] {
            waiting = gettid();
            outcome = outcome_of([&] { return patient.acquire(), done; });
        }};
        BOOST_TEST_REQUIRE(eventually([&] { return waiting != 0; }));
        wait_until_asleep(waiting);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        greedy.release();
        const bool overtakes = greedy.try_acquire();
        if (overtakes) {
            wait_until_asleep(waiting);
        }
        patient.close();
        thread.join();
        BOOST_TEST((outcome == done || outcome == existential_error));
        if (overtakes) {
            greedy.release();
        }
    }
}
