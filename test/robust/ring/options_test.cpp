// SPDX-License-Identifier: BSL-1.0

// The size of a ring, and options that are refused.

#include <unistd.h>

#include "robust/ring/fixture.hpp"

using namespace test;

namespace {

crex::Ring made(const crex::RingOptions& options) {
    crex::Ring ring{std::nullopt, crex::O_CREX, options};
    ring.unlink();
    return ring;
}

} // namespace

BOOST_AUTO_TEST_CASE(ring_has_a_mebibyte_by_default) {
    const auto ring = made({});
    BOOST_TEST(ring.capacity() == std::size_t{1} << 20);
    BOOST_TEST(ring.capacity() == crex::ring_capacity_default);
    BOOST_TEST(ring.max_records() == ring.capacity() / 64 - 2);
    BOOST_TEST(ring.current_records() == 0U);
}

BOOST_AUTO_TEST_CASE(capacities_are_rounded_up_to_a_power_of_two_and_a_page) {
    BOOST_TEST(made({.capacity = 1}).capacity() == crex::page_size());
    BOOST_TEST(made({.capacity = 5000}).capacity() == 8192U);
    BOOST_TEST(made({.capacity = 65536}).capacity() == 65536U);
}

BOOST_AUTO_TEST_CASE(very_large_ring_has_no_more_marks_than_possible) {
    const auto ring = made({.capacity = std::size_t{1} << 37, .sparse = true});
    BOOST_TEST(ring.capacity() == std::size_t{1} << 37);
    BOOST_TEST(ring.max_records() >= crex::ring_records_max);
}

BOOST_AUTO_TEST_CASE(ring_holds_at_least_as_many_records_as_asked_for) {
    for (const std::size_t records : {1U, 62U, 63U, 1000U, 1022U, 1023U}) {
        BOOST_TEST(made({.max_records = records}).max_records() >= records);
    }
}

BOOST_AUTO_TEST_CASE(an_existing_ring_keeps_its_sizes) {
    const RingFixture f;
    const crex::Ring again{f.name, crex::o_creat, {.capacity = 1 << 22, .max_records = 1 << 20}};
    BOOST_TEST(again.capacity() == 4096U);
    BOOST_TEST(again.max_records() == 62U);
    for (const int flags : {0, crex::o_creat}) {
        BOOST_TEST(crex::Ring(f.name, flags, {.capacity = 0}).capacity() == 4096U);
    }
}

BOOST_AUTO_TEST_CASE(impossible_sizes_are_invalid_and_create_nothing) {
    const std::string name = unique_name();
    const auto create = [&](std::size_t capacity, std::size_t records) {
        expect_invalid([&] {
            crex::Ring(name, crex::O_CREX,
                       {.capacity = capacity, .max_records = records, .sparse = true});
        });
    };
    create(0, 0);
    create(crex::ring_capacity_max + 1, 0);
    create(static_cast<std::size_t>(-1), 0);
    create(4096, crex::ring_records_max + 1);
    create(4096, static_cast<std::size_t>(-1));
    expect_invalid([&] { crex::Ring(name, crex::O_CREX, {.capacity = std::size_t{2} << 30}); });
    BOOST_TEST(!crex::Ring::try_open(name));
}

BOOST_AUTO_TEST_CASE(a_sparse_ring_of_many_gibibytes_works) {
    auto ring = made({.capacity = std::size_t{16} << 30, .max_records = 100, .sparse = true});
    auto out = ring.producer();
    auto in = ring.consumer();
    for (std::size_t i = 0; i < 5; ++i) { // sparse, and not touched except at the ends
        const auto room = out.reserve(std::size_t{5} << 30);
        room.front() = room.back() = static_cast<std::byte>(i);
        out.commit();
        const auto record = in.peek();
        BOOST_TEST(record.size() == std::size_t{5} << 30);
        BOOST_TEST((record.front() == static_cast<std::byte>(i)));
        BOOST_TEST((record.back() == static_cast<std::byte>(i)));
        in.consume();
    }
}

BOOST_AUTO_TEST_CASE(a_queue_is_no_ring_and_a_ring_no_queue) {
    const RingFixture f;
    BOOST_TEST(!crex::MessageQueue::try_open(f.name));
    const std::string queue = unique_name();
    const Removed<RobustQueues> removed{queue};
    const auto made = RobustQueues::open(queue, crex::O_CREX);
    BOOST_TEST(!crex::Ring::try_open(queue));
    const Removed<Rings> link_removed{queue};
    BOOST_TEST(link(RobustQueues::path(queue).c_str(), Rings::path(queue).c_str()) == 0);
    crex::unlink_message_queue(queue); // so that the file has one name again
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { crex::Ring{queue}; });
}
