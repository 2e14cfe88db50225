// SPDX-License-Identifier: BSL-1.0

// crex writes into a pipe no more than its reader takes, and nothing once the reader has gone.

#include <boost/test/unit_test.hpp>

#include "shell.hpp"

using namespace test;

namespace {

// The output of the reader, and crex's exit status; 141 stands for SIGPIPE.
std::string with_reader(const std::string& words, const std::string& reader) {
    // The status comes last, whichever of the two processes ends first.
    return Shell::run("{ status=$({ { timeout 20 crex " + words + "; echo $? >&4; } | " + reader +
                          " >&3; } 4>&1); echo $status; } 3>&1",
                      Capture::both)
        .output;
}

struct Robust : Shell {
    Robust() {
        for (const char* const body : {"1", "2", "3", "4", "5"}) {
            queue.send(body);
        }
    }

    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 10}};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(follower_whose_reader_goes_ends_and_leaves_the_rest, Robust) {
    BOOST_TEST(with_reader("mq recv $N --follow", "head -n 1") == "1\n141\n");
    BOOST_TEST(queue.current_messages() == 4U);
    auto lease = queue.lease();
    BOOST_TEST(lease.attempts() == 0U); // the message may have been on its way to the reader
    lease.nack_untried();
    BOOST_TEST(with_reader("mq recv $N --drain", "head -n 2") == "2\n3\n141\n");
    BOOST_TEST(with_reader("mq recv $N -n 4", "head -n 1") == "4\n141\n");
    BOOST_TEST(with_reader("mq recv $N --drain", "cat") == "5\n0\n");
}

BOOST_FIXTURE_TEST_CASE(follower_whose_reader_goes_while_it_waits_ends, Shell) {
    for (const char* const backend : {"robust", "posix", "boost"}) {
        run(std::string{"crex create mq $N --backend "}.append(backend));
        BOOST_TEST(with_reader("mq recv $N --follow", "true") == "141\n");
        run("crex rm -f $N");
    }
}

BOOST_FIXTURE_TEST_CASE(message_longer_than_the_pipe_arrives_whole_or_goes_back, Robust) {
    crex::MessageQueue long_ones{unique_name(), crex::O_CREX, {.max_message_size = 300'000}};
    const Removed<RobustQueues> removed{long_ones.name()};
    ::setenv("L", long_ones.name().c_str(), 1);
    BOOST_TEST(run("seq 40000 | crex mq send $L; crex mq recv $L -f raw | cksum") ==
               run("seq 40000 | cksum"));
    run("seq 40000 | crex mq send $L; crex mq recv $L | head -c 10");
    BOOST_TEST(long_ones.current_messages() == 1U);
}

BOOST_FIXTURE_TEST_CASE(worker_whose_reader_goes_ends_and_leaves_the_rest, Robust) {
    BOOST_TEST(with_reader("mq recv $N --follow -k -x 'cat; echo; sleep 0.2'", "head -n 1") ==
               "1\n141\n");
    BOOST_TEST(queue.current_messages() == 4U);
    BOOST_TEST(queue.lease().attempts() == 0U);
}

BOOST_FIXTURE_TEST_CASE(record_that_the_reader_leaves_stays_in_the_ring, Shell) {
    crex::Ring ring{name, crex::O_CREX};
    crex::RingProducer producer = ring.producer();
    for (const char* const record : {"1\n", "2\n", "3\n"}) {
        producer.send(record);
    }
    BOOST_TEST(with_reader("ring get $N", "head -n 1") == "1\n141\n");
    // A getter that first notices the end of its reader also leaves the record it has read.
    const auto left = ring.current_records();
    BOOST_TEST((left == 2U || left == 3U));
    BOOST_TEST(with_reader("ring get $N", "head -n " + std::to_string(left)) ==
               (left == 3U ? "1\n2\n3\n141\n" : "2\n3\n141\n"));
    BOOST_TEST(with_reader("ring get $N", "true") == "141\n");
}

BOOST_FIXTURE_TEST_CASE(watch_and_top_end_when_their_reader_goes, Robust) {
    BOOST_TEST(with_reader("watch crex-mq:$N --until gone", "true") == "141\n");
    BOOST_TEST(with_reader("top --once --every 1h", "true") == "141\n");
}
