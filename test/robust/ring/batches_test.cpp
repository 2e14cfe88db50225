// SPDX-License-Identifier: BSL-1.0

// Several records with one commit, and several with one consume.

#include <array>
#include <vector>

#include "robust/ring/fixture.hpp"

using namespace test;
using namespace std::chrono_literals;

using Record = crex::RingConsumer::Record;

BOOST_FIXTURE_TEST_CASE(several_reserved_records_are_committed_at_once, RolesFixture) {
    const auto first = out.reserve(5);
    const auto second = out.reserve(6);
    write(second, "second"); // in any order
    expect_empty();
    write(first, "first");
    out.commit();
    BOOST_TEST(ring.current_records() == 2U);
    expect_next("first");
    expect_next("second");
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(sending_commits_what_was_reserved_before, RolesFixture) {
    write(out.reserve(8), "reserved");
    out.send("sent");
    expect_next("reserved");
    expect_next("sent");
}

BOOST_FIXTURE_TEST_CASE(empty_commit_does_nothing, RolesFixture) {
    out.commit();
    expect_empty();
    out.send("x");
    out.commit();
    expect_next("x");
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(a_reserved_record_can_be_made_shorter, RolesFixture) {
    write(out.reserve(4000), "short");
    out.shrink(5);
    write(out.reserve(1000), "short, too");
    out.shrink(10);
    expect_invalid([&] { out.shrink(11); });
    out.commit();
    expect_invalid([&] { out.shrink(0); });
    expect_next("short");
    expect_next("short, too");
    BOOST_TEST(out.try_reserve(4096).has_value());
}

BOOST_FIXTURE_TEST_CASE(cancelled_records_are_never_seen, RolesFixture) {
    out.send("before");
    for (std::size_t i = 0; i < 10; ++i) {
        write(out.reserve(100), "given up");
    }
    out.cancel();
    out.commit();
    BOOST_TEST(ring.current_records() == 1U);
    out.send("after");
    expect_next("before");
    expect_next("after");
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(records_reserved_by_a_closed_producer_are_never_seen, RolesFixture) {
    for (std::size_t i = 0; i < 10; ++i) {
        write(out.reserve(100), "given up");
    }
    out.close();
    expect_empty();
    ring.producer().send("from the next one");
    expect_next("from the next one");
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(batch_may_fill_the_ring_and_a_larger_one_is_no_deadlock, RolesFixture) {
    std::size_t count = 0;
    while (out.try_reserve(1000)) {
        ++count;
    }
    BOOST_TEST(count == 4U);
    expect_error<crex::Error>(EDEADLK, [&] { (void)out.reserve(1000); });
    expect_error<crex::Error>(EDEADLK, [&] { (void)out.try_reserve(1000, 1h); });
    out.commit();
    BOOST_TEST(ring.current_records() == 4U);
    BOOST_TEST(!out.try_reserve(1000));
}

BOOST_FIXTURE_TEST_CASE(many_records_are_seen_at_once_and_consumed_in_any_portions, RolesFixture) {
    std::array<Record, 4> records;
    BOOST_TEST(in.peek_many(records, crex::do_not_wait) == 0U);
    for (std::size_t i = 0; i < 6; ++i) {
        out.send(pattern(i * 10, i));
    }
    BOOST_TEST(in.peek_many({}, crex::do_not_wait) == 0U);
    BOOST_TEST(in.peek_many(records) == 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        BOOST_TEST(text_of(records.at(i)) == pattern(i * 10, i));
    }
    in.consume(1);
    in.consume(2);
    BOOST_TEST(ring.current_records() == 3U);
    in.consume(0);
    BOOST_TEST(in.peek_many(records) == 3U);
    BOOST_TEST(text_of(records[0]) == pattern(30, 3));
    in.consume(3);
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(batches_of_all_sizes_go_round_and_round, RolesFixture) {
    std::vector<Record> records(64);
    std::size_t sent = 0;
    std::size_t received = 0;
    for (std::size_t round = 0; round < 2000; ++round) {
        for (std::size_t i = 0; i < round % 7; ++i) {
            write(out.reserve(sent % 300), pattern(sent % 300, sent));
            ++sent;
        }
        out.commit();
        const std::size_t count = in.peek_many(std::span{records}.first(1 + round % 11), 0s);
        for (std::size_t i = 0; i < count; ++i, ++received) {
            BOOST_TEST_REQUIRE(text_of(records[i]) == pattern(received % 300, received));
        }
        in.consume(count);
    }
    BOOST_TEST(sent - received == ring.current_records());
}

BOOST_FIXTURE_TEST_CASE(a_batch_of_the_most_records_goes_round, RolesFixture) {
    std::vector<Record> records(100);
    for (int round = 0; round < 5; ++round) {
        for (std::size_t i = 0; i < ring.max_records(); ++i) {
            BOOST_TEST_REQUIRE(out.reserve(3, 0s).size() == 3U);
        }
        BOOST_TEST(!out.try_reserve(3));
        out.commit();
        BOOST_TEST(in.peek_many(records) == ring.max_records());
        in.consume(ring.max_records());
    }
}
