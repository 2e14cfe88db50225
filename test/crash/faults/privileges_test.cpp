// SPDX-License-Identifier: BSL-1.0

// A program opens its objects as root, drops its privileges and forks workers. The open objects
// continue to work for all of them, although none may open the objects any more.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <grp.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "crash/faults/permitted.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Opened {
    std::string name = unique_name();
    Removed<RobustQueues> queue_removed{name};
    Removed<RobustSemaphores> semaphore_removed{name};
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 4, .max_message_size = 64}};
    crex::RobustSemaphore mutex{name, crex::O_CREX, {}};
    crex::RobustSemaphore other{name};
    crex::Ring ring{name, crex::O_CREX, crex::RingOptions{.capacity = 4096}};

    Opened() { ring.unlink(); }
};

// Runs `body` as the program once it has dropped its privileges.
void as_nobody(const std::function<int()>& body) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root has privileges to drop");
        return;
    }
    BOOST_TEST(in_child([&] {
                   alarm(60);
                   const bool dropped =
                       setgroups(0, nullptr) == 0 && setgid(65534) == 0 && setuid(65534) == 0;
                   return dropped ? body() : int{usage};
               }) == done);
}

// Runs `body` as a worker of that program.
void as_worker(const std::function<int()>& body) {
    as_nobody([&] { return in_child(body); });
}

} // namespace

BOOST_FIXTURE_TEST_CASE(worker_uses_objects_opened_before_privileges_were_dropped, Opened) {
    as_worker([&] {
        queue.send("x", 5s);
        const bool received = queue.receive(5s).body == "x";
        mutex.acquire(5s);
        mutex.release();
        auto producer = ring.producer();
        auto consumer = ring.consumer();
        producer.send("y", 5s);
        return received && consumer.receive(5s) == "y" ? done : no;
    });
    BOOST_TEST(queue.stats().recoveries == 0U);
}

BOOST_FIXTURE_TEST_CASE(opener_takes_a_role_after_it_has_dropped_its_privileges, Opened) {
    as_nobody([&] {
        auto producer = ring.producer();
        producer.send("x");
        return ring.consumer().receive(5s) == "x" ? done : no;
    });
}

BOOST_FIXTURE_TEST_CASE(permits_and_leases_of_a_killed_worker_come_back, Opened) {
    queue.send("work");
    as_nobody([&] {
        Process worker{[&] {
            const auto lease = queue.lease();
            mutex.acquire();
            pause();
            return 0;
        }};
        worker.wait_until_asleep();
        const bool was_held = !queue.try_lease() && !mutex.try_acquire();
        worker.kill();
        return was_held ? done : no;
    });
    const auto lease = queue.lease(20s);
    BOOST_TEST(lease.attempts() == 1U);
    BOOST_TEST(mutex.try_acquire_for(20s));
}

BOOST_FIXTURE_TEST_CASE(workers_are_never_inside_the_semaphore_together, Opened) {
    const crex::SharedMemory memory{std::nullopt, crex::O_CREX, {.size = sizeof(int)}};
    auto mapping = memory.map();
    crex::unlink_shared_memory(memory.name());
    auto& counter = *reinterpret_cast<volatile int*>(mapping.bytes().data());
    const auto count = [&] {
        for (int i = 0; i < 200; ++i) {
            mutex.acquire(20s);
            const int before = counter;
            std::this_thread::yield();
            counter = before + 1;
            mutex.release();
        }
        return done;
    };
    as_nobody([&] {
        Process one{count};
        Process two{count};
        return one.wait() == done && two.wait() == done ? count() : no;
    });
    BOOST_TEST(counter == 600);
}

BOOST_FIXTURE_TEST_CASE(worker_that_closes_one_handle_keeps_the_permits_of_another_handle, Opened) {
    as_nobody([&] {
        Process worker{[&] {
            mutex.acquire();
            other.close();
            pause();
            return 0;
        }};
        worker.wait_until_asleep();
        return !mutex.try_acquire_for(500ms) ? done : no;
    });
}

BOOST_FIXTURE_TEST_CASE(worker_s_role_is_refused_to_itself_and_to_others_until_it_is_closed,
                        Opened) {
    as_worker([&] {
        auto producer = ring.producer();
        bool refused = !ring.try_producer();
        refused = refused && in_child([&] { return ring.try_producer() ? no : done; }) == done;
        producer.close();
        return refused && ring.try_producer() ? done : no;
    });
}
