// SPDX-License-Identifier: BSL-1.0

// In a conversation through a robust queue, one side is killed at a random moment, again and again.
// The queue stays intact, and other processes continue to use it.

#include <random>
#include <set>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "demos/stage.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

crex::MessageQueue queue_of(const Stage<RobustQueueDemo>& stage) {
    return crex::MessageQueue{
        stage.params.message_queue_name(), 0, {.backend = crex::Backend::robust}};
}

// No message is there twice, and the queue's whole capacity can be used.
void expect_whole(crex::MessageQueue queue) {
    std::size_t left = 0;
    while (queue.try_receive()) {
        ++left;
    }
    BOOST_TEST(left <= 2U); // each program has at most one message on its way
    for (std::size_t i = 0; i < queue.max_messages(); ++i) {
        BOOST_TEST_REQUIRE(queue.try_send(std::to_string(i)));
    }
    BOOST_TEST(!queue.try_send("one too many"));
    for (std::size_t i = 0; i < queue.max_messages(); ++i) {
        BOOST_TEST(queue.try_receive().value().body == std::to_string(i));
    }
    BOOST_TEST(queue.stats().quarantined == 0U);
}

// Two new processes send and receive through the queue that the earlier pair has left.
void expect_new_pair_converses_on(const Stage<RobustQueueDemo>& stage) {
    const std::vector<std::string> queue{"robust", stage.params.message_queue_name()};
    auto sender = start_peer({"send-many", queue[0], queue[1], "1000", "x"});
    auto receiver = queue_of(stage);
    for (int i = 0; i < 1000; ++i) {
        BOOST_TEST(receiver.receive(20s).body.substr(1) == std::to_string(i));
    }
    BOOST_TEST(sender.wait() == 0);
}

void expect_new_pair_completes(const Stage<RobustQueueDemo>& stage) {
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet"});
    expect_exit(conclusion, 0);
    expect_exit(premise, 0);
}

// Returns once both have heard each other. Premise's first text is the time, which she sends until
// it is answered; all others are digests, and the second one is her answer to the first.
void await_answers(const crex::MessageQueue& queue) {
    constexpr std::size_t length_of_digest = 32;
    std::set<std::string> digests;
    BOOST_TEST_REQUIRE(eventually([&] {
        const auto message = queue.peek();
        if (message && message->body.size() == length_of_digest) {
            digests.insert(message->body);
        }
        return digests.size() > 1;
    }));
}

void kill_one_of_two(const Stage<RobustQueueDemo>& stage, bool premise_dies) {
    Program premise = stage.premise({"--quiet", "--patience", "2", "--iterations", endless});
    stage.await_objects_of(premise);
    Program conclusion = stage.conclusion({"--quiet", "--patience", "2", "--iterations", endless});
    auto watched = queue_of(stage);
    await_answers(watched);
    std::random_device random;
    std::this_thread::sleep_for(std::chrono::microseconds{random() % 50'000});
    (premise_dies ? premise : conclusion).kill();
    Program& other = premise_dies ? conclusion : premise;
    expect_exit(other, 3);
    BOOST_TEST(contains(other.output(), "vanished"), other.output());
    expect_whole(std::move(watched)); // also when its name has been removed
}

} // namespace

BOOST_AUTO_TEST_CASE(survivor_reports_the_kill_and_a_new_pair_goes_on_with_the_whole_queue) {
    for (int round = 0; round < 10; ++round) {
        const Stage<RobustQueueDemo> stage;
        const bool premise_dies = round % 2 == 0;
        kill_one_of_two(stage, premise_dies);
        BOOST_TEST(stage.has_nothing() == !premise_dies); // Premise removes it if she can
        if (premise_dies) {
            expect_new_pair_converses_on(stage);
            Program cleanup{app("cleanup"), stage.with_params()};
            expect_exit(cleanup, 0);
        }
        expect_new_pair_completes(stage);
        BOOST_TEST_MESSAGE("round " << round << ": " << (premise_dies ? "Premise" : "Conclusion")
                                    << " was killed; the other exited 3, the queue was whole, "
                                       "and a new pair completed");
    }
}
