// SPDX-License-Identifier: BSL-1.0

// crex create.

#include <boost/test/unit_test.hpp>

#include "shell.hpp"
#include "support/expect.hpp"

using namespace test;

BOOST_FIXTURE_TEST_CASE(create_makes_each_kind_with_the_given_options, Shell) {
    BOOST_TEST(run("crex create sem $N --value 3").status == 0);
    BOOST_TEST(crex::Semaphore{name}.value() == 3U);
    BOOST_TEST(run("crex create sem $N --backend robust --value 2").status == 0);
    BOOST_TEST(crex::RobustSemaphore{name}.value() == 2U);
    BOOST_TEST(run("crex create shm $N --size 4K").status == 0);
    BOOST_TEST(crex::SharedMemory{name}.size() == 4096U);
    BOOST_TEST(run("crex create mq $N --max-messages 7 --max-size 20").status == 0);
    BOOST_TEST(crex::MessageQueue{name}.max_messages() == 7U);
    BOOST_TEST(run("crex create mq $N --backend posix --max-messages 2").status == 0);
    BOOST_TEST((crex::MessageQueue{name, 0, {.backend = crex::Backend::posix}}.max_messages()) ==
               2U);
    BOOST_TEST(run("crex create ring $N --capacity 64K").status == 0);
    BOOST_TEST(crex::Ring{name}.capacity() == 65536U);
}

BOOST_FIXTURE_TEST_CASE(a_name_does_not_need_its_slash, Shell) {
    BOOST_TEST(run("crex create sem ${N#/}").status == 0);
    BOOST_TEST(crex::Semaphore{name}.value() == 0U);
}

BOOST_FIXTURE_TEST_CASE(object_has_the_mode_that_was_asked_for, Shell) {
    BOOST_TEST(run("umask 077; crex create shm $N --size 1 --mode 640").status == 0);
    const auto info = crex::inspect_shared_memory(name);
    BOOST_TEST_REQUIRE(info.has_value());
    BOOST_TEST(info->mode == 0640U);
}

BOOST_FIXTURE_TEST_CASE(a_name_that_is_taken_is_73_unless_that_is_allowed, Shell) {
    crex::Semaphore semaphore{name, crex::O_CREX, {.initial_value = 5}};
    const auto answer = run("crex create sem $N", Capture::errors);
    BOOST_TEST(answer.status == 73);
    BOOST_TEST(contains(answer.output, name));
    BOOST_TEST(run("crex create sem $N --if-missing --value 1").status == 0);
    BOOST_TEST(semaphore.value() == 5U);
}

BOOST_FIXTURE_TEST_CASE(senseless_arguments_are_64_and_create_nothing, Shell) {
    for (const char* const wrong :
         {"sem $N --size 4", "shm $N", "shm $N --size 4X", "shm $N --size 99999999999T", "what $N",
          "sem $N --mode 9", "sem $N --backend boost", "sem $N --anybody", "mq $N --backend paper",
          "mq $N --max-messages 0", "sem $N more", "sem a/b"}) {
        BOOST_TEST_CONTEXT(wrong) {
            const auto answer = run(std::string{"crex create "}.append(wrong), Capture::errors);
            BOOST_TEST(answer.status == 64);
            BOOST_TEST(contains(answer.output, "crex create: "));
        }
    }
    BOOST_TEST(!crex::inspect_semaphore(name));
    BOOST_TEST(!crex::inspect_shared_memory(name));
}

BOOST_FIXTURE_TEST_CASE(memory_that_is_there_keeps_its_size_and_content, Shell) {
    BOOST_TEST(run("crex create shm $N --size 64K; printf content | crex shm write $N").status ==
               0);
    BOOST_TEST(run("crex create shm $N --size 1 --if-missing").status == 0);
    BOOST_TEST(crex::SharedMemory{name}.size() == 65536U);
    BOOST_TEST(run("crex shm cat $N | head -c 7") == (Answer{0, "content"}));
}

BOOST_FIXTURE_TEST_CASE(a_dead_letter_queue_s_name_does_not_need_its_slash, Shell) {
    const Removed<RobustQueues> dead_letters{name + "-dead"};
    BOOST_TEST(run("crex create mq $N --max-attempts 5 --dead-letter ${N#/}-dead").status == 0);
    BOOST_TEST(crex::inspect_message_queue(name + "-dead", crex::Backend::robust).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_name_may_say_its_own_kind_and_no_other, Shell) {
    BOOST_TEST(run("crex create shm shm:$N --size 1; crex show shm:$N >&2").status == 0);
    BOOST_TEST(run("crex create mq crex-mq:$N; crex mq stat -b robust crex-mq:$N >&2").status == 0);
    BOOST_TEST(run("crex create sem -b robust crex-sem:$N").status == 0);
    BOOST_TEST(run("crex sem value -b robust crex-sem:$N") == (Answer{0, "1\n"}));
    for (const char* const wrong :
         {"create shm mq:$N --size 1", "create sem crex-sem:$N", "sem run sem:$N -- true",
          "sem value -b posix crex-sem:$N", "ring put -c shm:$N"}) {
        BOOST_TEST(run(std::string{"crex "}.append(wrong).append(" 2>/dev/null")).status == 64,
                   wrong);
    }
}

BOOST_FIXTURE_TEST_CASE(size_has_the_units_of_truncate, Shell) {
    for (const auto& [text, bytes] : {std::pair{"4096", 4096U}, std::pair{"64K", 65536U},
                                      std::pair{"64k", 65536U}, std::pair{"10MB", 10'000'000U},
                                      std::pair{"10MiB", 10'485'760U}, std::pair{"1KB", 1000U}}) {
        const Answer made =
            run(std::string{"crex create shm $N -s "}.append(text), Capture::errors);
        BOOST_TEST(made.status == 0, made.output);
        BOOST_TEST(crex::SharedMemory{name}.size() == bytes);
        run("crex rm -f shm:$N");
    }
    for (const char* const wrong : {"10B", "10MIB", "MB", "1XB", "20000000TB"}) {
        BOOST_TEST(
            run(std::string{"crex create shm $N -s "}.append(wrong).append(" 2>&1")).status == 64);
    }
}

BOOST_FIXTURE_TEST_CASE(help_says_that_dead_letter_makes_the_queue, Shell) {
    BOOST_TEST(contains(run("crex create --help | grep -A1 -e --dead-letter").output, "made"));
}
