// SPDX-License-Identifier: BSL-1.0

// Shared memory is the same for crex, for boost::interprocess::shared_memory_object and for
// Python's multiprocessing.shared_memory.

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "interop/peers.hpp"
#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

// An odd size, so that rounding would show.
constexpr std::size_t size = 5001;
const std::string last = std::to_string(size - 1);

struct Fixture {
    std::string name = unique_name();
    Removed<SharedMemories> removed{name};
};

} // namespace

BOOST_FIXTURE_TEST_CASE_TEMPLATE(byte_written_here_is_read_there, Peer, Peers, Fixture) {
    auto view = crex::SharedMemory{name, crex::O_CREX, {.size = size}}.map();
    view.bytes().back() = std::byte{42};
    BOOST_TEST(run<Peer>({"check-byte", name, last, "42"}) == done);
    view.bytes().back() = std::byte{43};
    BOOST_TEST(run<Peer>({"check-byte", name, last, "42"}) == no);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(byte_written_there_is_read_here, Peer, Peers, Fixture) {
    const auto view = crex::SharedMemory{name, crex::O_CREX, {.size = size}}.map();
    BOOST_TEST(run<Peer>({"write-byte", name, last, "42"}) == done);
    BOOST_TEST((view.bytes().back() == std::byte{42}));
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(memory_made_there_has_its_size_here, Peer, Peers, Fixture) {
    BOOST_TEST_REQUIRE(run<Peer>({"create-memory", name, std::to_string(size)}) == done);
    crex::SharedMemory memory{name};
    BOOST_TEST(memory.size() == size);
    memory.map().bytes().back() = std::byte{42};
    BOOST_TEST(run<Peer>({"check-byte", name, last, "42"}) == done);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(a_name_taken_here_is_taken_there, Peer, Peers, Fixture) {
    crex::SharedMemory memory{name, crex::O_CREX, {.size = size}};
    BOOST_TEST(run<Peer>({"create-memory", name, "1"}) == other_error);
    BOOST_TEST(memory.size() == size);
    memory.unlink();
    BOOST_TEST(run<Peer>({"create-memory", name, "1"}) == done);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(peer_that_only_opens_the_memory_does_not_remove_it, Peer, Peers,
                                 Fixture) {
    const crex::SharedMemory memory{name, crex::O_CREX, {.size = size}};
    const auto before = crex::inspect_shared_memory(name);
    BOOST_TEST_REQUIRE(run<Peer>({"check-byte", name, last, "0"}) == done);
    const auto after = crex::inspect_shared_memory(name);
    BOOST_TEST_REQUIRE(after.has_value());
    BOOST_TEST((after->id == before->id));
}
