// SPDX-License-Identifier: BSL-1.0

// poll(2) on a robust queue, beyond the contract of every backend.

#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/stat.h>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/poll_fifo.hpp"
#include "support/polled.hpp"

using namespace test;

namespace {

constexpr int in_and_out = POLLIN | POLLOUT;

} // namespace

BOOST_FIXTURE_TEST_CASE(a_loan_leaves_less_room_and_a_lease_less_to_receive, RobustFixture) {
    const int fd = queue.ready_fd();
    std::vector<crex::Loan> loans;
    for (int i = 0; i < 3; ++i) {
        loans.push_back(queue.loan(1));
    }
    BOOST_TEST(polled(fd) == POLLOUT);
    loans.push_back(queue.loan(1));
    loans.back().send();
    BOOST_TEST(polled(fd) == POLLIN); // and no room
    loans.pop_back();
    loans.pop_back();
    BOOST_TEST(polled(fd) == in_and_out);
    {
        const auto lease = queue.lease();
        BOOST_TEST(polled(fd) == POLLOUT);
    } // the loan or lease comes back
    BOOST_TEST(polled(fd) == in_and_out);
    queue.lease().ack();
    BOOST_TEST(polled(fd) == POLLOUT);
}

namespace {

// Makes random calls on two handles.
class Users {
public:
    explicit Users(const RobustFixture& f) : handles_{f.another_handle(), f.another_handle()} {}

    void do_something() {
        crex::MessageQueue& user = handles_[below(2)];
        switch (below(6)) {
        case 0:
            (void)user.try_send("x", below(3));
            break;
        case 1:
            (void)user.try_receive();
            break;
        case 2:
            (void)user.receive_many(3, crex::do_not_wait);
            break;
        case 3:
            if (auto loan = user.try_loan(3)) {
                loans_.push_back(*std::move(loan));
            }
            break;
        case 4:
            if (auto lease = user.try_lease()) {
                leases_.push_back(*std::move(lease));
            }
            break;
        default:
            let_go();
        }
    }

    [[nodiscard]] std::size_t have() const { return loans_.size() + leases_.size(); }

private:
    void let_go() {
        if (below(2) == 0 && !loans_.empty()) {
            if (below(2) == 0) {
                loans_.back().send(below(3));
            }
            loans_.pop_back();
        } else if (!leases_.empty()) {
            if (below(2) == 0) {
                leases_.back().ack();
            }
            leases_.pop_back();
        }
    }

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    std::mt19937 random_{7};
    std::array<crex::MessageQueue, 2> handles_;
    std::vector<crex::Loan> loans_;
    std::vector<crex::Lease> leases_;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(poll_fifo_is_right_after_any_sequence_of_calls, RobustFixture) {
    const int fd = queue.ready_fd();
    Users users{*this};
    for (int i = 0; i < 5'000; ++i) {
        users.do_something();
        const std::size_t waiting = queue.current_messages();
        const bool room = waiting == 0 || waiting + users.have() < queue.max_messages();
        const int expected = (waiting != 0 ? POLLIN : 0) | (room ? POLLOUT : 0);
        BOOST_TEST_REQUIRE(polled(fd) == expected, "after " << i << " calls");
    }
}

BOOST_FIXTURE_TEST_CASE(a_shut_down_queue_is_readable_and_writable_for_its_error, RobustFixture) {
    const int fd = queue.ready_fd();
    auto other = another_handle();
    other.shutdown();
    BOOST_TEST(polled(fd) == in_and_out);
    thrown_by<crex::ShutdownError>([&] { (void)queue.try_receive(); });
    BOOST_TEST(polled(fd) == in_and_out);
}

BOOST_FIXTURE_TEST_CASE(lease_of_a_dead_process_makes_the_poll_fifo_readable_once_reaped,
                        RobustFixture) {
    const int fd = queue.ready_fd();
    queue.send("x");
    auto holder = start_robust_until("x 0 0", "hold-lease");
    BOOST_TEST(polled(fd) == POLLOUT);
    holder.kill();
    BOOST_TEST(eventually([&] {
        const auto newcomer = another_handle();
        return is_readable(fd);
    }));
    expect_next(queue, "x");
}

BOOST_FIXTURE_TEST_CASE(poll_fifo_is_right_after_recovery, RobustFixture) {
    const int fd = queue.ready_fd();
    queue.send("x");
    queue.repair();
    BOOST_TEST(is_readable(fd));
    expect_next(queue, "x");
    BOOST_TEST(polled(fd) == POLLOUT);
    queue.repair();
    BOOST_TEST(!queue.try_receive()); // it may have been readable without a message
    BOOST_TEST(polled(fd) == POLLOUT);
}

BOOST_FIXTURE_TEST_CASE(poll_fifo_goes_with_the_last_user_of_an_unlinked_queue, RobustFixture) {
    const int fd = queue.ready_fd();
    const std::string poll_fifo = poll_fifo_of(RobustQueues::path(name));
    auto other = another_handle();
    queue.unlink();
    BOOST_TEST(std::filesystem::exists(poll_fifo));
    other.send("x"); // it opens the FIFO only now
    BOOST_TEST(is_readable(fd));
    other.close();
    BOOST_TEST(std::filesystem::exists(poll_fifo));
    queue.close();
    BOOST_TEST(!std::filesystem::exists(poll_fifo));
}

BOOST_FIXTURE_TEST_CASE(poll_fifo_goes_with_the_name_of_an_unused_queue, RobustFixture) {
    (void)queue.ready_fd();
    const std::string poll_fifo = poll_fifo_of(RobustQueues::path(name));
    queue.close();
    BOOST_TEST(std::filesystem::exists(poll_fifo)); // other processes could still use the queue
    crex::unlink_message_queue(name, crex::Backend::robust);
    BOOST_TEST(!std::filesystem::exists(poll_fifo));
}

BOOST_FIXTURE_TEST_CASE(poll_fifo_has_the_mode_of_the_queue, RobustFixture) {
    BOOST_TEST(chmod(("/dev/shm/crex-mq." + name.substr(1)).c_str(), 0640) == 0);
    (void)queue.ready_fd();
    struct stat status {};
    BOOST_TEST_REQUIRE(stat(poll_fifo_of(RobustQueues::path(name)).c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0640U);
    BOOST_TEST(S_ISFIFO(status.st_mode));
}

BOOST_FIXTURE_TEST_CASE(file_in_place_of_the_poll_fifo_is_an_error, RobustFixture) {
    (void)queue.ready_fd();
    const std::string poll_fifo = poll_fifo_of(RobustQueues::path(name));
    std::filesystem::remove(poll_fifo);
    { std::ofstream{poll_fifo} << "no FIFO"; }
    const auto other = another_handle();
    thrown_by<crex::CorruptError>([&] { (void)other.ready_fd(); });
    std::filesystem::remove(poll_fifo);
    BOOST_TEST(polled(other.ready_fd()) == POLLOUT); // the FIFO was made again
}
