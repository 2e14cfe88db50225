// SPDX-License-Identifier: BSL-1.0

// Messages that fail too often go to another queue when they are next received.

#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// A queue that moves a message after this many failed attempts.
struct Fixture {
    explicit Fixture(unsigned attempts) : max_attempts{attempts} {}

    unsigned max_attempts;
    std::string dead_name = unique_name();
    Removed<RobustQueueKind> dead_removed{dead_name};
    RobustFixture live{options()};

    [[nodiscard]] crex::MessageQueueOptions options() const {
        auto options = robust(4, 64);
        options.max_attempts = max_attempts;
        options.dead_letter = dead_name;
        return options;
    }

    [[nodiscard]] crex::MessageQueue dead() const {
        return crex::MessageQueue{
            dead_name, 0, {.backend = RobustQueueKind::backend, .at = RobustQueueKind::server()}};
    }
};

// Makes the dead-letter queue beforehand, so that it is not created with the live queue.
struct WithSmallDeadLetter {
    std::string dead_name = unique_name();
    Removed<RobustQueueKind> dead_removed{dead_name};
    crex::MessageQueue dead;
    RobustFixture live;

    explicit WithSmallDeadLetter(const crex::MessageQueueOptions& of_dead)
        : dead{dead_name, crex::O_CREX, of_dead}, live{options(dead_name)} {}

    static crex::MessageQueueOptions options(const std::string& dead_name) {
        auto options = robust(4, 64);
        options.max_attempts = 1;
        options.dead_letter = dead_name;
        return options;
    }
};

void expect_none(crex::MessageQueue& queue) {
    BOOST_TEST(!queue.try_receive_for(200ms));
    BOOST_TEST(queue.current_messages() == 0U);
}

} // namespace

BOOST_AUTO_TEST_CASE(dead_letter_queue_is_created_with_the_live_queue) {
    const Fixture f{3};
    auto dead = f.dead();
    BOOST_TEST(dead.current_messages() == 0U);
    BOOST_TEST(dead.max_message_size() >= 64U);
    BOOST_TEST(RobustQueueKind::inspect(f.dead_name)->mode == 0600U);
}

BOOST_AUTO_TEST_CASE(message_nacked_too_often_is_moved) {
    for (const unsigned max_attempts : {1U, 2U, 3U, 255U}) {
        Fixture f{max_attempts};
        f.live.queue.send("poison", {}, 9);
        for (unsigned attempts = 0; attempts < max_attempts; ++attempts) {
            expect_lease(f.live.queue, "poison", 9, attempts).nack();
        }
        expect_none(f.live.queue);
        auto dead = f.dead();
        const auto moved = dead.receive(20s);
        BOOST_TEST(moved.body == "poison");
        BOOST_TEST(moved.priority == 9U);
        BOOST_TEST(f.live.queue.stats().dead_lettered == 1U);
        expect_none(dead);
    }
}

BOOST_AUTO_TEST_CASE(a_message_finished_in_time_is_not_moved) {
    Fixture f{2};
    for (int i = 0; i < 3; ++i) {
        f.live.queue.send("hard");
        expect_lease(f.live.queue, "hard", 0, 0).nack();
        expect_lease(f.live.queue, "hard", 0, 1).ack();
    }
    auto dead = f.dead();
    expect_none(dead);
    BOOST_TEST(f.live.queue.stats().dead_lettered == 0U);
}

BOOST_AUTO_TEST_CASE(deaths_count_like_giving_back) {
    Fixture f{3};
    f.live.queue.send("poison");
    f.live.start_robust_until("poison 0 0", "hold-lease").kill();
    f.live.start_robust_until("poison 0 1", "hold-lease").kill();
    auto lease = f.live.queue.lease(20s);
    BOOST_TEST(lease.attempts() == 2U);
    lease.nack();
    expect_none(f.live.queue);
    BOOST_TEST(f.dead().receive(20s).body == "poison");
}

BOOST_AUTO_TEST_CASE(the_last_attempt_may_be_a_death) {
    Fixture f{2};
    f.live.queue.send("poison", {}, 3);
    f.live.start_robust_until("poison 3 0", "hold-lease").kill();
    f.live.start_robust_until("poison 3 1", "hold-lease").kill();
    (void)f.live.another_handle(); // it looks for the dead before anything else
    expect_none(f.live.queue);
    BOOST_TEST(f.dead().receive(20s).body == "poison");
    f.live.fill(); // its room is free
    BOOST_TEST(f.live.queue.current_messages() == 4U);
}

BOOST_AUTO_TEST_CASE(limit_of_attempts_holds_for_every_handle) {
    Fixture f{1};
    f.live.queue.send("poison");
    BOOST_TEST(f.live.start_robust("nack").wait() == done);
    expect_none(f.live.queue);
    BOOST_TEST(f.dead().receive(20s).body == "poison");
}

BOOST_AUTO_TEST_CASE(only_the_message_that_failed_is_moved) {
    Fixture f{1};
    for (const char* const body : {"a", "b", "c"}) {
        f.live.queue.send(body);
    }
    auto a = expect_lease(f.live.queue, "a");
    expect_lease(f.live.queue, "b").nack();
    a.ack();
    expect_next(f.live.queue, "c");
    expect_none(f.live.queue);
    auto dead = f.dead();
    BOOST_TEST(dead.receive(20s).body == "b");
    expect_none(dead);
}

BOOST_AUTO_TEST_CASE(receiving_is_no_attempt) {
    Fixture f{1};
    f.live.queue.send("taken");
    expect_next(f.live.queue, "taken");
    auto dead = f.dead();
    expect_none(dead);
}

BOOST_AUTO_TEST_CASE(message_is_delivered_again_while_the_dead_letter_queue_is_full) {
    WithSmallDeadLetter f{robust(1, 64)};
    f.dead.send("it has no more room");
    f.live.queue.send("poison", {}, 2);
    for (unsigned attempts = 0; attempts < 10; ++attempts) {
        expect_lease(f.live.queue, "poison", 2, attempts).nack();
    }
    BOOST_TEST(f.dead.receive().body == "it has no more room");
    expect_none(f.live.queue);
    BOOST_TEST(f.dead.receive(20s).body == "poison");
}

BOOST_AUTO_TEST_CASE(a_message_too_long_for_the_dead_letter_queue_is_not_lost) {
    std::optional<WithSmallDeadLetter> f;
    try {
        f.emplace(robust(4, 8));
    } catch (const std::invalid_argument&) { // refusing such a pair is also allowed
        return;
    }
    const std::string longest(64, 'x');
    f->live.queue.send(longest);
    expect_lease(f->live.queue, longest).nack();
    expect_lease(f->live.queue, longest, 0, 1).ack();
    BOOST_TEST(f->dead.current_messages() == 0U);
}

BOOST_AUTO_TEST_CASE(receive_many_takes_a_failed_message_while_the_dead_letter_queue_is_full) {
    WithSmallDeadLetter f{robust(1, 64)};
    f.dead.send("it has no more room");
    f.live.queue.send("poison", {}, 2);
    f.live.queue.send("harmless", {}, 1);
    expect_lease(f.live.queue, "poison", 2).nack();
    const auto received = f.live.queue.receive_many(4);
    BOOST_TEST_REQUIRE(!received.empty());
    BOOST_TEST(received.front().body == "poison");
    if (received.size() == 1) {
        expect_next(f.live.queue, "harmless", 1);
    }
    BOOST_TEST(f.dead.current_messages() == 1U);
}

// This holds whether or not the dead-letter queue was used before. A queue without a name cannot
// take messages either.
BOOST_AUTO_TEST_CASE(a_message_is_not_lost_when_the_dead_letter_queue_is_gone) {
    for (const bool used_before : {false, true}) {
        Fixture f{1};
        if (used_before) {
            f.live.queue.send("first");
            expect_lease(f.live.queue, "first").nack();
            expect_none(f.live.queue);
            BOOST_TEST(f.dead().receive(20s).body == "first");
        }
        RobustQueueKind::unlink(f.dead_name);
        f.live.queue.send("poison");
        expect_lease(f.live.queue, "poison").nack();
        const auto kept = f.live.queue.try_receive();
        auto again = crex::MessageQueue::try_open(
            f.dead_name, 0, {.backend = RobustQueueKind::backend, .at = RobustQueueKind::server()});
        const auto moved = again ? again->try_receive() : std::nullopt;
        BOOST_TEST_REQUIRE(moved.has_value() != kept.has_value());
        BOOST_TEST((moved ? moved : kept)->body == "poison");
    }
}

BOOST_AUTO_TEST_CASE(an_existing_dead_letter_queue_is_used_as_it_is) {
    WithSmallDeadLetter f{robust(2, 100)};
    f.dead.send("from elsewhere");
    f.live.queue.send("poison");
    expect_lease(f.live.queue, "poison").nack();
    expect_none(f.live.queue);
    BOOST_TEST(f.dead.max_message_size() == 100U);
    BOOST_TEST(f.dead.receive().body == "from elsewhere");
    BOOST_TEST(f.dead.receive(20s).body == "poison");
}

BOOST_AUTO_TEST_CASE(senseless_combinations_are_invalid_and_create_nothing) {
    const std::string name = unique_name();
    const std::string dead_name = unique_name();
    const auto expect_refused = [&](unsigned max_attempts, std::string_view dead_letter) {
        auto options = robust(4, 64);
        options.max_attempts = max_attempts;
        options.dead_letter = dead_letter;
        BOOST_TEST_CONTEXT(max_attempts << " attempts, dead letters to " << dead_letter) {
            expect_invalid([&] { crex::MessageQueue(name, crex::O_CREX, options); });
        }
    };
    expect_refused(3, "");
    expect_refused(256, dead_name);
    expect_refused(static_cast<unsigned>(-1), dead_name);
    expect_refused(3, name);
    expect_refused(3, "no-slash");
    expect_refused(3, "/two/slashes");
    expect_refused(3, "/" + std::string(crex::robust_message_queue_name_max + 1, 'x'));
    for (const auto& each : {name, dead_name}) {
        BOOST_TEST(!RobustQueueKind::inspect(each));
    }
}

// The call then delivers the message itself.
BOOST_AUTO_TEST_CASE(requested_stop_ends_a_wait_for_a_dead_letter_queue_that_is_being_removed) {
    Fixture f{1};
    f.live.queue.send("poison");
    f.live.queue.lease().nack();
    const int file = ::open(RobustQueues::path(f.dead_name).c_str(), O_RDWR | O_CLOEXEC);
    struct flock removing {};
    removing.l_type = F_WRLCK;
    removing.l_start = 3; // see lib/LAYOUT.md
    removing.l_len = 1;
    BOOST_TEST_REQUIRE(fcntl(file, F_OFD_SETLK, &removing) == 0);
    std::stop_source source;
    std::jthread stopper{[&] {
        std::this_thread::sleep_for(100ms);
        source.request_stop();
    }};
    const auto began = std::chrono::steady_clock::now();
    const std::stop_token stop = source.get_token();
    BOOST_TEST(f.live.queue.receive({30s, stop}).body == "poison");
    BOOST_TEST((std::chrono::steady_clock::now() - began < 8s)); // the remover is waited for 10 s
    close(file);
}
