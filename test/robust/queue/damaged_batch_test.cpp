// SPDX-License-Identifier: BSL-1.0

// A batch that meets damaged memory half way: the queue is recovered, and each message is there
// once.

#include <array>
#include <optional>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "message_queue/robust/queue_memory.hpp"
#include "robust/queue/fixture.hpp"
#include "support/expect.hpp"

using namespace test;
namespace robust_queue = crex::detail::robust;

namespace {

struct Fixture : RobustFixture {
    Fixture() : RobustFixture{robust(8, 64)} {}

    crex::detail::Call call{"test", name};
    std::optional<robust_queue::Segment> segment =
        robust_queue::Segment::open(call, robust_queue::queue_kind, false);
    robust_queue::QueueMemory memory{*segment};

    void damage(std::uint32_t slot) { memory.slot(slot).control = ~std::uint64_t{0}; }
};

constexpr std::array<std::string_view, 4> messages{"a", "b", "c", "d"};

} // namespace

BOOST_FIXTURE_TEST_CASE(batch_that_meets_damage_sends_each_message_once, Fixture) {
    damage(2);
    BOOST_TEST(queue.send_many(messages) == messages.size());
    BOOST_TEST(queue.stats().quarantined == 1U);
    for (const std::string_view message : messages) {
        BOOST_TEST(queue.receive().body == message);
    }
    BOOST_TEST(!queue.try_receive());
}
