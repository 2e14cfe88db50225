// SPDX-License-Identifier: BSL-1.0

// The FIFO of a robust queue that a handle has open and no handle polls: it is never written and
// costs nothing, until a handle polls.

#include <string>

#include <boost/test/unit_test.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include "common/errors.hpp"
#include "message_queue/backend.hpp"
#include "platform/file.hpp"
#include "robust/queue/fixture.hpp"
#include "support/expect.hpp"
#include "support/poll_fifo.hpp"
#include "support/polled.hpp"

using namespace test;
namespace detail = crex::detail;

namespace {

constexpr int in_and_out = POLLIN | POLLOUT;

struct Fixture : RobustFixture {
    Fixture() : RobustFixture{robust(4, 64)} {}

    static int silent_fd(const crex::MessageQueue& queue) {
        return detail::queue_of(queue).extras()->silent_fd({"test", queue.name()});
    }
    static int bytes_in(int fifo) {
        int count = -1;
        BOOST_TEST(ioctl(fifo, FIONREAD, &count) == 0);
        return count;
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(silent_fifo_is_never_written, Fixture) {
    const int fifo = silent_fd(queue);
    queue.send("x");
    BOOST_TEST(bytes_in(fifo) == 0);
    fill();
    BOOST_TEST(bytes_in(fifo) == 0);
}

BOOST_FIXTURE_TEST_CASE(all_silent_handles_have_the_same_fifo, Fixture) {
    auto other = another_handle();
    const auto one = detail::status_of(silent_fd(queue));
    const auto two = detail::status_of(silent_fd(other));
    BOOST_TEST_REQUIRE((one && two));
    BOOST_TEST((detail::id_of(*one) == detail::id_of(*two)));
}

BOOST_FIXTURE_TEST_CASE(first_ready_fd_makes_the_fifo_right_for_all_handles, Fixture) {
    auto other = another_handle();
    const int silent = silent_fd(other);
    (void)silent_fd(queue);
    queue.send("x");
    const int fifo = queue.ready_fd();
    BOOST_TEST(polled(fifo) == in_and_out);
    BOOST_TEST(polled(silent) == in_and_out);
    expect_next(other, "x"); // it had the queue open before the first poll
    BOOST_TEST(polled(fifo) == POLLOUT);
    other.send("y");
    BOOST_TEST(polled(fifo) == in_and_out);
}

BOOST_FIXTURE_TEST_CASE(polled_fifo_is_not_made_silent_by_another_handle, Fixture) {
    const int fifo = queue.ready_fd();
    auto other = another_handle();
    (void)silent_fd(other);
    other.send("x");
    BOOST_TEST(polled(fifo) == in_and_out);
}

BOOST_FIXTURE_TEST_CASE(silent_fifo_that_was_removed_is_made_again, Fixture) {
    (void)silent_fd(queue);
    BOOST_TEST(unlink(poll_fifo_of(RobustQueues::path(name)).c_str()) == 0);
    auto other = another_handle();
    const int fifo = other.ready_fd();
    other.send("x");
    BOOST_TEST(polled(fifo) == in_and_out);
}
