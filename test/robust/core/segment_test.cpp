// SPDX-License-Identifier: BSL-1.0

// The file of a robust object: it appears complete, and is checked before it is used.

#include <cerrno>
#include <fstream>

#include <crex/error.hpp>

#include "arena.hpp"
#include "support/expect.hpp"

using namespace test;
using crex::detail::Call;
using robust::Header;
using robust::Segment;

namespace {

struct Fixture {
    Fixture() { BOOST_TEST(arena.segment.publish(call, {0600})); }
    ~Fixture() { unlink(path.c_str()); }

    [[nodiscard]] auto open() const { return Segment::open(call, robust::queue_kind, false); }

    // Opening must fail with this text.
    void expect_refused(const std::string& because) const {
        const auto error = thrown_by<crex::CorruptError>([&] { (void)open(); });
        BOOST_TEST(contains(error.what(), because), error.what());
    }

    // Changes the header in the file and corrects its checksum.
    template <class Change> void rewrite(Change change) {
        auto* const header = arena.segment.at<Header>(0);
        change(*header);
        header->checksum = robust::checksum_of(*header);
    }

    Arena arena;
    Call call{"test", arena.name};
    std::string path = "/dev/shm" + Segment::file_name(robust::queue_kind, arena.name);
};

} // namespace

BOOST_AUTO_TEST_CASE(segment_has_no_name_until_it_is_published) {
    Arena arena;
    const Call call{"test", arena.name};
    BOOST_TEST(!Segment::open(call, robust::queue_kind, false));
    BOOST_TEST(arena.segment.publish(call, {0600}));
    BOOST_TEST(!arena.segment.publish(call, {0600})); // the name is taken now
    BOOST_TEST(Segment::open(call, robust::queue_kind, false).has_value());
    ::unlink(Segment::path(robust::queue_kind, arena.name).c_str());
    BOOST_TEST(!Segment::open(call, robust::queue_kind, false));
}

BOOST_AUTO_TEST_CASE(opened_segment_has_the_header_it_was_made_with) {
    const Fixture f;
    BOOST_TEST(f.open()->header().capacity == 4U);
    BOOST_TEST(f.open()->header().item_size == 64U);
}

BOOST_AUTO_TEST_CASE(a_damaged_header_is_refused) {
    Fixture f;
    f.arena.segment.at<Header>(0)->capacity = 5;
    f.expect_refused("damaged");
}

BOOST_AUTO_TEST_CASE(file_with_another_magic_is_refused) {
    Fixture f;
    f.rewrite([](Header& header) { header.magic[0] = 'C'; });
    f.expect_refused("no message queue");
}

BOOST_AUTO_TEST_CASE(segment_of_another_kind_is_refused) {
    Fixture f;
    f.rewrite([](Header& header) { header.kind = 2; });
    f.expect_refused("no message queue");
}

BOOST_AUTO_TEST_CASE(segment_of_another_version_or_byte_order_is_refused) {
    Fixture f;
    f.rewrite([](Header& header) { header.version = 99; });
    f.expect_refused("version 99");
    Fixture g;
    g.rewrite([](Header& header) { header.byte_order = 0x0403'0201; });
    g.expect_refused("byte order");
}

BOOST_AUTO_TEST_CASE(sizes_that_make_no_sense_are_refused) {
    const auto refused = [](auto change) {
        Fixture f;
        f.rewrite(change);
        f.expect_refused("makes no sense");
    };
    refused([](Header& header) { header.capacity = 0; });
    refused([](Header& header) { header.capacity = std::uint64_t{1} << 60; });
    refused([](Header& header) { header.item_size = 0; });
    refused([](Header& header) { header.item_size = ~std::uint64_t{0}; });
    refused([](Header& header) { header.size += 64; });
    refused([](Header& header) { header.max_attempts = 256; });
    refused([](Header& header) { header.participants = 1 << 20; });
    refused([](Header& header) { header.dead_letter.fill('x'); });
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_as_long_as_its_header_says_is_refused) {
    const Fixture f;
    BOOST_REQUIRE(truncate(f.path.c_str(), 1 << 20) == 0);
    f.expect_refused("has 1048576 bytes instead of");
    BOOST_REQUIRE(unlink(f.path.c_str()) == 0); // a mapped file must keep its length
    std::ofstream{f.path} << "crex";
    f.expect_refused("too short");
}
