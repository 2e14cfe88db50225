// SPDX-License-Identifier: BSL-1.0

// One producer and one consumer at a time, and their successors.

#include <thread>

#include <signal.h>

#include "robust/ring/fixture.hpp"
#include "support/eventually.hpp"

using namespace test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_CASE(a_second_producer_or_consumer_is_refused_while_the_first_lives,
                        RolesFixture) {
    crex::Ring again{name};
    for (auto* handle : {&ring, &again}) {
        expect_error<crex::BusyError>(EBUSY, [&] { (void)handle->producer(); });
        expect_error<crex::BusyError>(EBUSY, [&] { (void)handle->consumer(); });
        BOOST_TEST(!handle->try_producer());
        BOOST_TEST(!handle->try_consumer());
    }
    out.send("unharmed");
    expect_next("unharmed");
}

BOOST_FIXTURE_TEST_CASE(the_refusal_names_the_process_that_has_the_role, RingFixture) {
    const auto peer = start_ready("hold-producer");
    const auto error = thrown_by<crex::BusyError>([&] { (void)ring.producer(); });
    BOOST_TEST(contains(error.what(), std::to_string(peer.pid())), error.what());
    BOOST_TEST(contains(error.what(), name));
}

BOOST_FIXTURE_TEST_CASE(other_processes_are_refused_too, RolesFixture) {
    BOOST_TEST(start("hold-producer").wait() == busy_error);
    BOOST_TEST(start("hold-consumer").wait() == busy_error);
}

BOOST_FIXTURE_TEST_CASE(role_is_free_again_when_its_holder_has_closed_it_or_ended, RingFixture) {
    { const auto out = ring.producer(); }
    auto out = ring.producer();
    out.close();
    out.close();
    out = ring.producer();
    auto moved = std::move(out);
    BOOST_TEST(!ring.try_producer());
    moved = ring.try_producer().value_or(std::move(moved)); // the role is held by the object itself
    moved.send("x");
    BOOST_TEST(ring.consumer().receive() == "x");
}

BOOST_FIXTURE_TEST_CASE(presence_of_producer_and_consumer_can_be_queried, RingFixture) {
    BOOST_TEST(!ring.has_producer());
    BOOST_TEST(!ring.has_consumer());
    auto out = ring.producer();
    BOOST_TEST(ring.has_producer());
    BOOST_TEST(!out.has_consumer());
    auto in = ring.consumer();
    BOOST_TEST(out.has_consumer());
    BOOST_TEST(in.has_producer());
    out.close();
    BOOST_TEST(!in.has_producer());
    BOOST_TEST(ring.has_consumer());
}

BOOST_FIXTURE_TEST_CASE(successor_of_a_killed_producer_continues_its_stream, RingFixture) {
    auto peer = start("send-and-reserve", {"5"}); // it is about to write a sixth
    BOOST_TEST(peer.read_line() == "ready");
    BOOST_TEST(!ring.try_producer());
    peer.kill();
    auto out = ring.producer();
    out.send("5");
    auto in = ring.consumer();
    for (int i = 0; i < 6; ++i) {
        BOOST_TEST(in.receive(0s) == std::to_string(i));
    }
    BOOST_TEST(!in.try_peek());
}

BOOST_FIXTURE_TEST_CASE(successor_of_a_killed_consumer_gets_the_unconsumed_records, RingFixture) {
    auto out = ring.producer();
    for (int i = 0; i < 6; ++i) {
        out.send(std::to_string(i));
    }
    auto peer = start_ready("receive-and-peek", {"2"}); // it is at work on the third
    peer.kill();
    auto in = ring.consumer();
    for (int i = 2; i < 6; ++i) {
        BOOST_TEST(in.receive(0s) == std::to_string(i));
    }
    BOOST_TEST(!in.try_peek());
}

BOOST_FIXTURE_TEST_CASE(a_stopped_producer_keeps_its_role, RingFixture) {
    const auto peer = start_ready("hold-producer");
    peer.signal(SIGSTOP);
    BOOST_TEST(eventually([&] { return state_of(peer.pid()) == 'T'; }));
    BOOST_TEST(!ring.try_producer());
    BOOST_TEST(ring.has_producer());
}

BOOST_FIXTURE_TEST_CASE(a_consumer_can_tell_the_end_of_a_stream_from_a_pause, RingFixture) {
    auto peer = start_ready("send-and-reserve", {"3"});
    auto in = ring.consumer();
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(in.receive() == std::to_string(i));
    }
    BOOST_TEST(in.has_producer());
    BOOST_TEST(!in.try_peek(10ms));
    peer.kill();
    BOOST_TEST(!in.has_producer());
    BOOST_TEST(!in.try_peek());
}

BOOST_FIXTURE_TEST_CASE(closed_role_knows_only_its_name, RolesFixture) {
    out.close();
    in.close();
    BOOST_TEST(out.name() == name);
    BOOST_TEST(in.name() == name);
    const auto is_closed = [](auto call) { expect_error<crex::ExistentialError>(EBADF, call); };
    is_closed([&] { out.send("x"); });
    is_closed([&] { (void)out.try_send("x"); });
    is_closed([&] { (void)out.reserve(1); });
    is_closed([&] { (void)out.try_reserve(1); });
    is_closed([&] { out.shrink(0); });
    is_closed([&] { out.commit(); });
    is_closed([&] { out.cancel(); });
    is_closed([&] { (void)out.has_consumer(); });
    is_closed([&] { (void)in.peek(); });
    is_closed([&] { (void)in.try_peek(); });
    is_closed([&] { (void)in.peek_many({}); });
    is_closed([&] { in.consume(); });
    is_closed([&] { (void)in.receive(); });
    is_closed([&] { (void)in.try_receive(); });
    is_closed([&] { in.receive_into({}); });
    is_closed([&] { (void)in.try_receive_into({}); });
    is_closed([&] { (void)in.has_producer(); });
}

BOOST_FIXTURE_TEST_CASE(a_role_that_was_moved_from_is_closed, RolesFixture) {
    const auto new_out = std::move(out);
    const auto new_in = std::move(in);
    BOOST_TEST(new_out.name() == name);
    BOOST_TEST(out.name().empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    BOOST_TEST(in.name().empty());  // NOLINT(bugprone-use-after-move)
    expect_error<crex::ExistentialError>(EBADF, [&] { out.send("x"); });
    expect_error<crex::ExistentialError>(EBADF, [&] { (void)in.peek(); });
    out.close();
    in.close();
}

BOOST_FIXTURE_TEST_CASE(roles_keep_a_closed_and_unlinked_ring_alive, RolesFixture) {
    ring.unlink();
    ring.close();
    out.send("still here");
    expect_next("still here");
}

BOOST_FIXTURE_TEST_CASE(two_threads_may_have_a_role_each, RolesFixture) {
    constexpr std::size_t count = 20'000;
    std::thread producer{[&] {
        for (std::size_t i = 0; i < count; ++i) {
            out.send(pattern(i % 100, i));
        }
    }};
    std::size_t right = 0;
    for (std::size_t i = 0; i < count; ++i) {
        right += in.receive() == pattern(i % 100, i) ? 1 : 0;
    }
    producer.join();
    BOOST_TEST(right == count);
}
