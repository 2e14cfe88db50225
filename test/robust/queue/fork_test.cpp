// SPDX-License-Identifier: BSL-1.0

// A forked child continues to use its copy of a handle. Loans and leases stay with the parent.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers/outcome_of.hpp"
#include "robust/queue/fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/sanitized.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// Two queues, one for each direction.
struct Pair {
    RobustFixture to_child;
    RobustFixture to_parent;

    // Parent and child exchange messages on the inherited handles.
    void converse() {
        Process child{std::function<int()>{[&] {
            to_parent.queue.send("hello, parent");
            return to_child.queue.receive().body == "hello, child" ? done : no;
        }}};
        BOOST_TEST(to_parent.queue.receive().body == "hello, parent");
        to_child.queue.send("hello, child");
        BOOST_TEST(child.wait() == done);
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(parent_and_child_both_send_and_receive_on_the_handle, Pair) {
    for (int i = 0; i < 20; ++i) {
        converse();
    }
    BOOST_TEST(!to_parent.queue.try_receive());
    BOOST_TEST(!to_child.queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(parent_and_child_share_a_queue_without_a_name, Pair) {
    to_parent.queue.unlink();
    to_child.queue.unlink();
    converse();
}

BOOST_FIXTURE_TEST_CASE(many_children_share_one_handle, RobustFixture) {
    constexpr int children = 8;
    constexpr int each = 500;
    std::vector<Process> started;
    for (int i = 0; i < children; ++i) {
        started.emplace_back(std::function<int()>{[&, i] {
            for (int j = 0; j < each; ++j) {
                queue.send(std::to_string(i), {}, static_cast<unsigned>(j % 2));
            }
            return done;
        }});
    }
    std::map<std::string, int> counts;
    for (int i = 0; i < children * each; ++i) {
        ++counts[queue.receive().body];
    }
    for (int i = 0; i < children; ++i) {
        BOOST_TEST(counts[std::to_string(i)] == each);
        BOOST_TEST(started[static_cast<std::size_t>(i)].wait() == done);
    }
    BOOST_TEST(!queue.try_receive());
}

BOOST_FIXTURE_TEST_CASE(grandchild_shares_the_handle_too, RobustFixture) {
    const int outcome = in_child([&] {
        queue.send("child");
        return in_child([&] {
            queue.send("grandchild");
            return in_child([&] { return queue.send("and its child"), done; });
        });
    });
    BOOST_TEST(outcome == done);
    expect_next(queue, "child");
    expect_next(queue, "grandchild");
    expect_next(queue, "and its child");
    BOOST_TEST(eventually([&] { return queue.stats().participants == 1; }));
}

BOOST_FIXTURE_TEST_CASE(a_child_may_close_and_open_without_harm_to_the_parent, RobustFixture) {
    queue.send("kept");
    auto lease = expect_lease(queue, "kept");
    BOOST_TEST(in_child([&] {
                   queue.close();
                   auto again = another_handle();
                   return again.try_receive() ? no : done;
               }) == done);
    BOOST_TEST(!queue.try_receive_for(200ms)); // the parent's lease is still the parent's
    lease.ack();
    queue.send("on it goes");
    expect_next(queue, "on it goes");
}

BOOST_FIXTURE_TEST_CASE(lease_is_inert_in_a_child, RobustFixture) {
    queue.send("work", {}, 3);
    auto lease = expect_lease(queue, "work", 3);
    BOOST_TEST(in_child([&] { return lease.ack(), done; }) == lease_lost_error);
    BOOST_TEST(in_child([&] { return lease.nack(), done; }) == lease_lost_error);
    BOOST_TEST(in_child([&] {
                   const auto dropped = std::move(lease);
                   return done;
               }) == done);
    BOOST_TEST(!queue.try_receive_for(200ms));
    BOOST_TEST(text_of(lease) == "work");
    lease.ack();
    BOOST_TEST(!queue.try_receive());
    BOOST_TEST(queue.stats().received == 1U);
    BOOST_TEST(queue.stats().redelivered == 0U);
}

BOOST_FIXTURE_TEST_CASE(lease_and_loan_stay_inert_in_a_child_that_uses_the_queue, RobustFixture) {
    queue.send("work");
    auto lease = expect_lease(queue, "work");
    auto loan = queue.loan(1);
    BOOST_TEST(in_child([&] {
                   queue.send("the child is there");
                   auto own = queue.lease();
                   const bool inert =
                       outcome_of([&] { return lease.ack(), done; }) == lease_lost_error &&
                       outcome_of([&] { return loan.send(), done; }) == lease_lost_error;
                   own.ack();
                   return inert ? done : no;
               }) == done);
    lease.ack();
    loan.send();
    BOOST_TEST(queue.receive_many(10).size() == 1U);
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

BOOST_FIXTURE_TEST_CASE(loan_is_inert_in_a_child, RobustFixture) {
    auto loan = queue.loan(5);
    write(loan, "hello");
    BOOST_TEST(in_child([&] { return loan.send(), done; }) == lease_lost_error);
    BOOST_TEST(in_child([&] { return loan.send_prefix(2), done; }) == lease_lost_error);
    BOOST_TEST(in_child([&]() -> int {
                   expect_error<crex::LeaseLostError>(ESTALE, [&] { loan.send(); });
                   return loan.send(), done; // now it does nothing, and so does not throw
               }) == existential_error);
    BOOST_TEST(in_child([&] {
                   const auto dropped = std::move(loan);
                   return done;
               }) == done);
    BOOST_TEST(queue.current_messages() == 0U);
    for (int i = 0; i < 3; ++i) {
        queue.send("x");
    }
    BOOST_TEST(!queue.try_send("its room is still its own"));
    loan.send(1);
    expect_next(queue, "hello", 1);
}

BOOST_FIXTURE_TEST_CASE(a_child_s_own_leases_and_loans_are_its_own, RobustFixture) {
    queue.send("one");
    queue.send("two");
    auto parents = expect_lease(queue, "one");
    Process child{std::function<int()>{[&] {
        const auto loan = queue.loan(1);
        auto childs = queue.lease();
        pause();
        return text_of(childs) == "two" ? done : no;
    }}};
    BOOST_TEST(eventually([&] { return queue.current_messages() == 0; }));
    BOOST_TEST(!queue.try_receive_for(200ms));
    child.kill();
    BOOST_TEST(queue.receive(20s).body == "two"); // the parent's lease stays where it is
    parents.ack();
    BOOST_TEST(!queue.try_receive_for(200ms));
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_killed_parent_s_lease_comes_back_while_its_child_lives, RobustFixture) {
    for (const std::string how : {"forked", "raw"}) {
        queue.send("work");
        auto parent = start_robust("lease-and-fork", {how});
        const auto child = static_cast<pid_t>(std::stoi(parent.read_line()));
        BOOST_TEST(!queue.try_receive_for(200ms));
        parent.kill();
        BOOST_TEST(queue.receive(20s).body == "work"); // BusyError would end the test
        BOOST_TEST(kill(child, 0) == 0, "the " << how << " child was to outlive this");
        kill(child, SIGKILL);
    }
}

// The child is forked while another thread is at any point of a call.
BOOST_FIXTURE_TEST_CASE(a_child_of_a_process_with_busy_threads_can_use_the_handle, RobustFixture) {
    if (sanitized) {
        skip("in a child, a sanitizer's allocator may stay locked by a thread of its parent");
        return;
    }
    std::atomic<bool> go_on{true};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            for (unsigned j = 0; go_on; ++j) {
                (void)queue.try_send("x", j % 2);
                (void)queue.try_receive(); // also what a thread that missed the lock has left
            }
        });
    }
    std::map<int, int> outcomes;
    for (int i = 0; i < 100; ++i) {
        ++outcomes[in_child([&] {
            for (int j = 0; j < 10; ++j) {
                if (queue.try_send_for(20s, "y")) {
                    (void)queue.try_receive();
                }
            }
            return done;
        })];
    }
    go_on = false;
    for (auto& thread : threads) {
        thread.join();
    }
    for (const auto& [outcome, count] : outcomes) {
        BOOST_TEST(outcome == done, count << " children ended with " << outcome);
    }
    (void)queue.receive_many(10, 0s);
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

// Only the thread that forks exists in the child. What the other threads held or waited for does
// not belong to the child. When the child closes or dies, nothing of the parent's changes.
BOOST_FIXTURE_TEST_CASE(children_that_die_at_once_leave_the_parent_s_entry_alone, RobustFixture) {
    queue.send("work");
    auto lease = expect_lease(queue, "work");
    for (int i = 0; i < 100; ++i) {
        Process child{std::function<int()>{[&] {
            for (;;) {
                (void)queue.try_send("from the child");
                (void)queue.try_receive();
            }
            return done;
        }}};
        std::this_thread::sleep_for(std::chrono::microseconds{i * 20});
        child.kill();
    }
    auto other = another_handle(); // it looks for the dead
    while (other.try_receive_for(100ms)) {
    }
    lease.ack();
    BOOST_TEST(eventually([&] { return other.stats().participants == 2; }));
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

BOOST_FIXTURE_TEST_CASE(child_of_a_waiting_parent_can_close_its_copy, RobustFixture) {
    std::thread waiting{[&] { (void)queue.receive(); }};
    std::this_thread::sleep_for(20ms);
    BOOST_TEST(in_child([&] {
                   alarm(20);
                   (void)queue.try_send_for(0s, std::string(queue.max_message_size(), 'x'));
                   queue.close();
                   return done;
               }) == done);
    waiting.join();
}

BOOST_FIXTURE_TEST_CASE(child_s_first_calls_may_come_from_several_threads, RobustFixture) {
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(in_child([&] {
                       alarm(20);
                       std::atomic<int> ready{0};
                       std::vector<std::thread> threads;
                       for (int t = 0; t < 3; ++t) {
                           threads.emplace_back([&] {
                               for (++ready; ready < 3;) {
                               }
                               (void)queue.try_receive();
                           });
                       }
                       for (auto& thread : threads) {
                           thread.join();
                       }
                       queue.close();
                       return done;
                   }) == done);
    }
}
