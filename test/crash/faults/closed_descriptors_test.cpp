// SPDX-License-Identifier: BSL-1.0

// A program may close descriptors that it does not know, as a program does that becomes a daemon.
// Files that it then opens under their numbers stay its own, and it still holds what it held.

#include <chrono>
#include <optional>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

void close_all() { syscall(SYS_close_range, 3, ~0U, 0); }

// Descriptors of the program's own, under the numbers of the closed ones.
class Strangers {
public:
    Strangers() {
        for (int& number : numbers_) {
            number = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        }
    }
    [[nodiscard]] bool are_open() const {
        struct stat null {};
        stat("/dev/null", &null);
        for (const int number : numbers_) {
            struct stat file {};
            if (fstat(number, &file) != 0 || file.st_rdev != null.st_rdev) {
                return false;
            }
        }
        return true;
    }

private:
    std::vector<int> numbers_ = std::vector<int>(60);
};

} // namespace

BOOST_AUTO_TEST_CASE(closing_a_handle_closes_no_descriptor_of_the_program) {
    const std::string name = unique_name();
    BOOST_TEST(in_child([&] {
                   alarm(30);
                   std::optional<crex::MessageQueue> queue{std::in_place, name, crex::O_CREX,
                                                           crex::MessageQueueOptions{}};
                   std::optional<crex::RobustSemaphore> mutex{std::in_place, name, crex::O_CREX};
                   std::optional<crex::Ring> ring{std::in_place, name, crex::O_CREX};
                   std::optional<crex::RingProducer> producer{ring->producer()};
                   (void)queue->ready_fd();
                   mutex->unlink();
                   ring->unlink();
                   close_all();
                   const Strangers strangers;
                   producer.reset();
                   ring.reset();
                   mutex.reset();
                   queue.reset();
                   crex::unlink_message_queue(name); // and the files beside it
                   return strangers.are_open() ? done : no;
               }) == done);
}

BOOST_AUTO_TEST_CASE(holder_that_closes_all_descriptors_still_holds) {
    const std::string name = unique_name();
    const Removed<RobustSemaphores> removed{name};
    crex::RobustSemaphore mutex{name, crex::O_CREX};
    Process holder{[&] {
        crex::RobustSemaphore its{name};
        its.acquire();
        close_all();
        pause();
        return 0;
    }};
    holder.wait_until_asleep();
    BOOST_TEST(!mutex.try_acquire_for(500ms));
    holder.kill();
    BOOST_TEST(mutex.try_acquire_for(20s));
}
