// SPDX-License-Identifier: BSL-1.0

// Sending and receiving records.

#include <array>

#include "robust/ring/fixture.hpp"

using namespace test;

BOOST_FIXTURE_TEST_CASE(records_come_out_in_the_order_they_went_in, RolesFixture) {
    for (const auto* text : {"one", "two", "three"}) {
        out.send(text);
    }
    for (const auto* text : {"one", "two", "three"}) {
        expect_next(text);
    }
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(records_of_all_lengths_stay_whole_round_and_round, RolesFixture) {
    std::size_t sent = 0;
    for (std::size_t round = 0; round < 3000; ++round) {
        const std::size_t size = (round * 37) % 1100;
        out.send(pattern(size, sent++));
        if (round % 3 != 0) { // up to three wait
            continue;
        }
        for (std::size_t i = sent - (round == 0 ? 1 : 3); i < sent; ++i) {
            expect_next(pattern((i * 37) % 1100, i));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_record_that_goes_over_the_end_is_in_one_piece, RolesFixture) {
    const std::size_t size = 3000; // the second begins in the page's last third
    for (std::size_t i = 0; i < 20; ++i) {
        write(out.reserve(size), pattern(size, i));
        out.commit();
        BOOST_TEST(text_of(in.peek()) == pattern(size, i));
        in.consume();
    }
}

BOOST_FIXTURE_TEST_CASE(an_empty_record_is_a_record, RolesFixture) {
    out.send(std::span<const std::byte>{});
    out.send("");
    out.send("x");
    BOOST_TEST(ring.current_records() == 3U);
    BOOST_TEST(in.peek().empty());
    in.consume();
    BOOST_TEST(in.receive_into({}) == 0U);
    expect_next("x");
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(a_record_may_be_as_long_as_the_ring_and_no_longer, RolesFixture) {
    const std::string longest = pattern(ring.capacity(), 1);
    for (int i = 0; i < 3; ++i) {
        out.send(longest);
        BOOST_TEST(!out.try_send("x"));
        expect_next(longest);
        out.send("so that the next one begins elsewhere");
        (void)in.receive();
    }
    expect_invalid([&] { out.send(longest + 'x'); });
    expect_invalid([&] { (void)out.try_send(longest + 'x'); });
    expect_invalid([&] { (void)out.reserve(ring.capacity() + 1); });
    expect_invalid([&] { (void)out.reserve(static_cast<std::size_t>(-1)); });
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(a_full_ring_is_busy_and_keeps_what_it_has, RolesFixture) {
    const std::size_t count = fill(500);
    BOOST_TEST(count == 4096U / 512);
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { out.send(pattern(500, 0), crex::do_not_wait); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)out.reserve(1, crex::do_not_wait); });
    BOOST_TEST(!out.try_reserve(1));
    for (std::size_t i = 0; i < count; ++i) {
        expect_next(pattern(500, i));
    }
    expect_empty();
}

BOOST_FIXTURE_TEST_CASE(ring_is_also_full_when_it_has_its_maximum_of_records, RolesFixture) {
    for (int round = 0; round < 5; ++round) {
        BOOST_TEST(fill(0) == ring.max_records());
        BOOST_TEST(ring.current_records() == ring.max_records());
        BOOST_TEST(!out.try_send(""));
        for (std::size_t i = 0; i < ring.max_records(); ++i) {
            BOOST_TEST_REQUIRE(in.receive().empty());
        }
        expect_empty();
    }
}

BOOST_FIXTURE_TEST_CASE(an_empty_ring_is_busy, RolesFixture) {
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)in.peek(crex::do_not_wait); });
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { (void)in.receive(crex::do_not_wait); });
    std::array<std::byte, 8> buffer{};
    expect_error<crex::BusyError>(ETIMEDOUT, [&] { in.receive_into(buffer, crex::do_not_wait); });
    BOOST_TEST(!in.try_receive());
    BOOST_TEST(!in.try_receive_into(buffer));
    BOOST_TEST(!in.try_peek());
}

BOOST_FIXTURE_TEST_CASE(a_record_stays_until_it_is_consumed, RolesFixture) {
    out.send("a");
    out.send("b");
    BOOST_TEST(text_of(in.peek()) == "a");
    BOOST_TEST(text_of(*in.try_peek()) == "a");
    in.consume();
    BOOST_TEST(text_of(in.peek()) == "b");
    BOOST_TEST(ring.current_records() == 1U);
}

BOOST_FIXTURE_TEST_CASE(only_seen_records_can_be_consumed, RolesFixture) {
    expect_invalid([&] { in.consume(); });
    out.send("a");
    out.send("b");
    expect_invalid([&] { in.consume(); });
    (void)in.peek();
    expect_invalid([&] { in.consume(2); });
    in.consume();
    expect_invalid([&] { in.consume(); });
    (void)in.receive();
    expect_invalid([&] { in.consume(); });
}

BOOST_FIXTURE_TEST_CASE(record_that_does_not_fit_the_buffer_stays_in_the_ring, RolesFixture) {
    out.send("12345678");
    std::array<std::byte, 8> buffer{};
    expect_error<crex::Error>(EMSGSIZE, [&] { in.receive_into(std::span{buffer}.first(7)); });
    BOOST_TEST(in.receive_into(buffer) == 8U);
    BOOST_TEST(text_of(buffer) == "12345678");
}

BOOST_FIXTURE_TEST_CASE(record_is_not_seen_before_it_is_committed, RolesFixture) {
    write(out.reserve(5), "later");
    expect_empty();
    BOOST_TEST(ring.current_records() == 0U);
    out.commit();
    expect_next("later");
}

BOOST_FIXTURE_TEST_CASE(rooms_are_aligned_for_any_type, RolesFixture) {
    for (std::size_t size = 0; size < 40; ++size) {
        const auto room = out.reserve(size);
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(room.data()) % alignof(std::max_align_t) == 0U);
        BOOST_TEST(room.size() == size);
        out.commit();
        BOOST_TEST(in.receive().size() == size);
    }
}

BOOST_FIXTURE_TEST_CASE(records_outlive_their_senders, RolesFixture) {
    out.send("still here");
    out.close();
    in.close();
    ring.close();
    crex::Ring again{name};
    BOOST_TEST(again.consumer().receive() == "still here");
}
