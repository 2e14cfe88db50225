// SPDX-License-Identifier: BSL-1.0

// The programs that README and lib/doc show, run as those pages say.

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include <sched.h>

#include "support/expect.hpp"
#include "support/private_shm.hpp"
#include "support/typist.hpp"

using namespace test;

namespace {

// The programs have fixed names for their objects, so each case has objects of its own.
struct OwnObjects {
    bool entered = enter_private_shm("64m") && unshare(CLONE_NEWIPC) == 0;

    OwnObjects() {
        if (!entered) {
            skip("no namespaces of one's own are permitted");
        }
    }
};

std::string example(const std::string& name) { return CREX_TEST_EXAMPLES "/example_" + name; }

// What the program prints until it ends, which it must do successfully.
std::string output_of(const std::string& name, const std::vector<std::string>& arguments = {}) {
    std::vector<std::string> words{"-c", R"(exec "$0" "$@" </dev/null)", example(name)};
    words.insert(words.end(), arguments.begin(), arguments.end());
    Process program{"/bin/sh", words};
    std::string text = program.read_all();
    BOOST_TEST(program.wait() == 0, name << " has failed");
    return text;
}

// Started twice, the program waits for its turn, and then for Enter.
void expect_to_take_turns(const std::string& name, const std::string& said) {
    Typist first{example(name), {}};
    BOOST_TEST(first.program().read_line() == said);
    Typist second{example(name), {}};
    second.program().wait_until_asleep();
    first.type("");
    BOOST_TEST(first.program().wait() == 0);
    BOOST_TEST(second.program().read_line() == said);
    second.type("");
    BOOST_TEST(second.program().wait() == 0);
}

// The successor of a killed holder says so.
void expect_to_survive_a_kill(const std::string& name) {
    Typist victim{example(name), {}};
    BOOST_TEST(victim.program().read_line() == "Alone.");
    Typist successor{example(name), {}};
    successor.program().wait_until_asleep();
    victim.program().kill();
    BOOST_TEST(successor.program().read_line() == "Killed, the one before me.");
    successor.type("");
    BOOST_TEST(successor.program().wait() == 0);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(semaphore_lets_one_program_in_at_a_time, OwnObjects) {
    if (entered) {
        expect_to_take_turns("semaphore", "Alone. Press Enter to let the next one in.");
    }
}

BOOST_FIXTURE_TEST_CASE(robust_semaphore_survives_the_kill_of_its_holder, OwnObjects) {
    if (entered) {
        expect_to_survive_a_kill("robust_semaphore");
    }
}

BOOST_FIXTURE_TEST_CASE(memory_keeps_its_text_when_the_program_ends, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("shared_memory", {"hello"}) == "It said: \n");
        BOOST_TEST(output_of("shared_memory") == "It said: hello\n");
    }
}

BOOST_FIXTURE_TEST_CASE(guarded_memory_is_put_right_after_a_kill, OwnObjects) {
    if (entered) {
        Typist victim{example("guarded_memory"), {}};
        BOOST_TEST(victim.program().read_line() == "1 deposits, balance 10");
        victim.program().kill();
        BOOST_TEST(output_of("guarded_memory") == "2 deposits, balance 20\n");
    }
}

BOOST_FIXTURE_TEST_CASE(queue_passes_a_message_to_a_later_program, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("message_queue", {"hello"}) == "");
        BOOST_TEST(output_of("message_queue") == "hello\n");
    }
}

BOOST_FIXTURE_TEST_CASE(ring_passes_a_record_to_a_later_program, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("ring", {"hello"}) == "");
        BOOST_TEST(output_of("ring") == "hello\n");
    }
}

BOOST_FIXTURE_TEST_CASE(leased_job_of_a_killed_program_goes_to_the_next, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("lease", {"hello"}) == "");
        Typist victim{example("lease"), {}};
        BOOST_TEST(victim.program().read_line() == "hello");
        victim.program().kill();
        BOOST_TEST(output_of("lease") == "hello\n");
    }
}

BOOST_FIXTURE_TEST_CASE(job_that_fails_three_times_is_a_dead_letter, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("dead_letters", {"good"}) == "");
        BOOST_TEST(output_of("dead_letters", {"bad"}) == "");
        BOOST_TEST(output_of("dead_letters") == "good, attempt 1\n"
                                                "bad, attempt 1\n"
                                                "bad, attempt 2\n"
                                                "bad, attempt 3\n"
                                                "bad, given up\n");
    }
}

BOOST_FIXTURE_TEST_CASE(client_gets_the_reply_to_its_request, OwnObjects) {
    if (entered) {
        Typist server{example("request_reply"), {}};
        BOOST_TEST(output_of("request_reply", {"hello"}) == "you said hello\n");
        BOOST_TEST(server.program().wait() == 0);
        BOOST_TEST(files_in_shm() == 1); // the queue of requests; that of replies is gone
    }
}

BOOST_FIXTURE_TEST_CASE(leftovers_are_removed_and_what_is_in_use_stays, OwnObjects) {
    if (entered) {
        Typist victim{example("robust_semaphore"), {}};
        BOOST_TEST(victim.program().read_line() == "Alone.");
        BOOST_TEST(output_of("leftovers").find("crex-sem /safe-turn: in-use\n") !=
                   std::string::npos);
        victim.program().kill();
        BOOST_TEST(output_of("leftovers").find("crex-sem /safe-turn: stale, removed\n") !=
                   std::string::npos);
        BOOST_TEST(files_in_shm() == 0);
    }
}

BOOST_FIXTURE_TEST_CASE(containers_of_boost_grow_in_memory_of_crex, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("boost_containers") == "1 numbers\n");
        BOOST_TEST(output_of("boost_containers") == "2 numbers\n");
    }
}

BOOST_FIXTURE_TEST_CASE(permit_of_a_killed_program_is_undone_by_system_v, OwnObjects) {
    if (entered) {
        Typist victim{example("sysv"), {}};
        BOOST_TEST(victim.program().read_line() == "1. visitor; 0 waiting. Press Enter.");
        victim.program().kill();
        BOOST_TEST(output_of("sysv") == "2. visitor; 0 waiting. Press Enter.\n");
    }
}

#ifdef CREX_TEST_EXAMPLES_IN_C
BOOST_FIXTURE_TEST_CASE(queue_passes_a_message_between_c_and_cpp, OwnObjects) {
    if (entered) {
        BOOST_TEST(output_of("c_message_queue", {"from C"}) == "");
        BOOST_TEST(output_of("message_queue") == "from C\n");
        BOOST_TEST(output_of("message_queue", {"from C++"}) == "");
        BOOST_TEST(output_of("c_message_queue") == "from C++\n");
    }
}

BOOST_FIXTURE_TEST_CASE(robust_semaphore_in_c_survives_the_kill_of_its_holder, OwnObjects) {
    if (entered) {
        expect_to_survive_a_kill("c_robust_semaphore");
    }
}
#endif
