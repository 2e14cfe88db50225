// SPDX-License-Identifier: BSL-1.0

// No byte in a robust queue's memory makes a process crash, hang, read out of bounds or miss a
// deadline. Only AddressSanitizer finds every read out of bounds.

#include <iostream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "crash/corruption/mutation.hpp"
#include "crash/corruption/situation.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

int outcome(const std::string& program, const std::vector<std::string>& arguments) {
    Process process{helper_path(program), arguments, Capture::both};
    std::cout << process.read_all() << std::flush;
    return process.wait();
}

void expect_to_stand(std::uint64_t first, std::uint64_t count) {
    BOOST_TEST(outcome("mutants", {unique_name(), std::to_string(first), std::to_string(count)}) ==
               0);
}

// A lock that names a living participant which does not hold it, and so will never release it.
struct Forgery {
    hostile::End end;
    std::size_t participant;
    std::string trouble = "not tried";

    void commit() {
        try {
            trouble = found();
        } catch (const std::exception& error) {
            trouble = error.what();
        }
    }

    [[nodiscard]] std::string found() const {
        const std::string name = unique_name();
        const Removed<RobustQueues> removed{name};
        crex::MessageQueue queue{name, crex::O_CREX, {.backend = crex::Backend::robust}};
        const auto other = RobustQueues::open(name);
        queue.send("kept");
        const hostile::Mapping mapping{RobustQueues::path(name)};
        hostile::forge_holder(mapping.bytes(), end, participant);
        const bool passed = end == hostile::End::senders ? queue.try_send_for(100ms, "not sent")
                                                         : queue.try_receive_for(100ms).has_value();
        if (passed) {
            return "the lock was not respected";
        }
        queue.repair();
        return queue.receive(5s).body == "kept" ? "" : "the message was lost";
    }
};

} // namespace

// Calls wait as long as their timeouts allow. repair() waits 10 s and then opens the lock by force.
BOOST_AUTO_TEST_CASE(lock_forged_for_a_living_participant_is_waited_for_and_can_be_repaired) {
    std::vector<Forgery> forgeries;
    for (const auto end : {hostile::End::senders, hostile::End::receivers}) {
        for (const std::size_t participant : {0U, 1U}) { // the handle itself, and another one
            forgeries.push_back({end, participant});
        }
    }
    std::vector<std::thread> threads;
    for (Forgery& forgery : forgeries) {
        threads.emplace_back([&] { forgery.commit(); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (const Forgery& forgery : forgeries) {
        BOOST_TEST(forgery.trouble == "");
    }
}

BOOST_AUTO_TEST_CASE(queue_survives_50000_mutations) { expect_to_stand(0, 50'000); }

BOOST_AUTO_TEST_CASE(queue_survives_a_process_that_scribbles_in_it) {
    BOOST_TEST(outcome("scribbler", {unique_name(), "5", "1"}) == 0);
}

// Negative control: the harness finds real damage.
BOOST_AUTO_TEST_CASE(queue_of_plain_boost_does_not_survive_1500_flipped_bits) {
    BOOST_TEST(outcome("boost_flips", {unique_name(), "1500"}) >= 5);
}
