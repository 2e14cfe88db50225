// SPDX-License-Identifier: BSL-1.0

// The test takes the place of one of the two programs and gives a wrong answer.

#include <cstring>

#include <boost/test/unit_test.hpp>

#include "demos/stage.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

void expect_corruption(Program& program, const std::string& what) {
    expect_exit(program, 1);
    BOOST_TEST(contains(program.output(), what), program.output());
    BOOST_TEST(contains(program.output(), "messages corrupt:    1\n"), program.output());
}

class Memory {
public:
    explicit Memory(const Params& params, int flags = 0)
        : semaphore_{params.semaphore_name(), flags},
          mapping_{crex::SharedMemory{
              params.shared_memory_name(), flags, {.size = flags == crex::O_CREX ? 4096U : 0U}}
                       .map()} {}

    void say(const char* text) {
        std::memcpy(mapping_.bytes().data(), text, std::strlen(text) + 1);
        semaphore_.release();
    }

    // Returns with the semaphore acquired.
    void hear_other_than(const char* text) {
        semaphore_.acquire();
        while (std::strcmp(reinterpret_cast<const char*>(mapping_.bytes().data()), text) == 0) {
            semaphore_.release();
            semaphore_.acquire();
        }
    }

private:
    crex::Semaphore semaphore_;
    crex::Mapping mapping_;
};

void hear_other_than(const std::string& text, crex::MessageQueue& queue) {
    while (queue.receive().body == text) {
        queue.send(text);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(premise_finds_corruption_in_the_memory_and_removes_what_she_created) {
    const Stage<SharedMemoryDemo> stage;
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    Memory memory{stage.params};
    memory.hear_other_than("");
    memory.say("nonsense");
    expect_corruption(premise, "Shared memory corruption after 0 iterations.");
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE(conclusion_finds_corruption_in_the_memory) {
    const Stage<SharedMemoryDemo> stage;
    Memory memory{stage.params, crex::O_CREX};
    memory.say("whatever the time is");
    Program conclusion = stage.conclusion({"--quiet"});
    memory.hear_other_than("whatever the time is");
    memory.say("nonsense");
    expect_corruption(conclusion, "Shared memory corruption after 1 iterations.");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(premise_finds_corruption_in_the_queue_and_removes_it, Demo,
                              QueueDemos) {
    const Stage<Demo> stage;
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    crex::MessageQueue queue{stage.params.message_queue_name(), 0, {.backend = Demo::kind}};
    hear_other_than("", queue);
    queue.send("nonsense");
    expect_corruption(premise, "Message queue corruption after 0 iterations.");
    BOOST_TEST(stage.has_nothing());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conclusion_finds_corruption_in_the_queue, Demo, QueueDemos) {
    const Stage<Demo> stage;
    crex::MessageQueue queue{
        stage.params.message_queue_name(), crex::O_CREX, {.backend = Demo::kind}};
    queue.send("whatever the time is");
    Program conclusion = stage.conclusion({"--quiet"});
    hear_other_than("whatever the time is", queue);
    queue.send("nonsense");
    expect_corruption(conclusion, "Message queue corruption after 1 iterations.");
}
