// SPDX-License-Identifier: BSL-1.0

// The other backends refuse features that only the robust backend has.

#include <chrono>
#include <functional>
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "robust/queue/fixture.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

using OtherKinds = std::tuple<BoostQueues, PosixQueues>;

const std::vector<std::function<void(crex::MessageQueue&)>> calls{
    [](crex::MessageQueue& q) { (void)q.loan(1); },
    [](crex::MessageQueue& q) { (void)q.try_loan(1); },
    [](crex::MessageQueue& q) { (void)q.lease(); },
    [](crex::MessageQueue& q) { (void)q.try_lease(); },
    [](crex::MessageQueue& q) { (void)q.peek(); },
    [](crex::MessageQueue& q) { (void)q.stats(); },
    [](crex::MessageQueue& q) { q.shutdown(); },
    [](crex::MessageQueue& q) { (void)q.is_shut_down(); },
    [](crex::MessageQueue& q) { q.repair(); },
};

const std::vector<std::function<void(crex::MessageQueueOptions&)>> options{
    [](crex::MessageQueueOptions& o) { o.lifetime = crex::Lifetime::until_unused; },
    [](crex::MessageQueueOptions& o) {
        o.max_attempts = 1;
        o.dead_letter = "/dead";
    },
    [](crex::MessageQueueOptions& o) { o.dead_letter = "/dead"; },
    [](crex::MessageQueueOptions& o) { o.sparse = true; },
    [](crex::MessageQueueOptions& o) { o.any_owner = true; },
    [](crex::MessageQueueOptions& o) { o.spin = crex::queue_spin_default + 1; },
    [](crex::MessageQueueOptions& o) { o.spin = 0; },
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(calls_for_the_robust_backend_are_not_supported, Kind, OtherKinds) {
    QueueFixture<Kind> f;
    f.queue.send("untouched");
    for (const auto& call : calls) {
        expect_error<crex::Error>(ENOTSUP, [&] { call(f.queue); });
    }
    expect_next(f.queue, "untouched");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(options_for_the_robust_backend_are_invalid, Kind, OtherKinds) {
    const QueueFixture<Kind> existing;
    const std::string missing = unique_name();
    for (const auto& change : options) {
        crex::MessageQueueOptions changed{.max_messages = 4, .backend = Kind::backend};
        change(changed);
        expect_invalid([&] { crex::MessageQueue(missing, crex::O_CREX, changed); });
        expect_invalid([&] { crex::MessageQueue(existing.name, 0, changed); });
    }
    BOOST_TEST(!Kind::inspect(missing));
}

BOOST_AUTO_TEST_CASE(robust_backend_accepts_each_of_its_options) {
    const std::string dead_name = unique_name();
    const Removed<RobustQueues> dead_removed{dead_name};
    auto all = robust(4, 64);
    all.lifetime = crex::Lifetime::until_unused;
    all.max_attempts = 255;
    all.dead_letter = dead_name;
    all.sparse = true;
    all.any_owner = true;
    for (const unsigned spin : {0U, 1U, 10'000U}) {
        all.spin = spin;
        RobustFixture f{all};
        f.queue.send("hello");
        expect_next(f.queue, "hello");
        BOOST_TEST(!f.queue.try_receive_for(std::chrono::milliseconds{1}));
    }
}

BOOST_FIXTURE_TEST_CASE(repair_of_an_intact_queue_changes_nothing, RobustFixture) {
    queue.repair();
    queue.send("low");
    queue.send("high", {}, 9);
    queue.send("last");
    queue.repair();
    BOOST_TEST(queue.current_messages() == 3U);
    expect_next(queue, "high", 9);
    queue.repair();
    expect_next(queue, "low");
    expect_next(queue, "last");
    BOOST_TEST(queue.stats().quarantined == 0U);
    BOOST_TEST(queue.stats().sent == 3U);
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}

// It is left open whether a repair takes leases away. But it must not lose a message, nor deliver
// one that was acknowledged.
BOOST_FIXTURE_TEST_CASE(repair_loses_no_message_on_loan_or_lease, RobustFixture) {
    queue.send("work");
    auto lease = queue.lease();
    auto loan = queue.loan(8);
    write(loan, "in place");
    queue.repair();
    bool acknowledged = true;
    try {
        lease.ack();
    } catch (const crex::LeaseLostError&) {
        acknowledged = false;
    }
    BOOST_TEST(queue.current_messages() == (acknowledged ? 0U : 1U));
    (void)queue.receive_many(10, crex::do_not_wait);
    bool sent = true;
    try {
        loan.send();
    } catch (const crex::LeaseLostError&) {
        sent = false;
    }
    BOOST_TEST(queue.receive_many(10, crex::do_not_wait).size() == (sent ? 1U : 0U));
    fill();
    BOOST_TEST(queue.current_messages() == 4U);
}
