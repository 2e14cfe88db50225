// SPDX-License-Identifier: BSL-1.0

// crex shm cat, write, dump and resize.

#include <boost/test/unit_test.hpp>

#include "shell.hpp"
#include "support/expect.hpp"

using namespace test;

namespace {

struct Twenty : Shell {
    crex::SharedMemory memory{name, crex::O_CREX, {.size = 20}};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(bytes_that_write_stores_are_printed_by_cat, Twenty) {
    BOOST_TEST(run("printf hello | crex shm write $N --offset 3").status == 0);
    BOOST_TEST(run("crex shm cat shm:$N --offset 3 --length 5") == (Answer{0, "hello"}));
    BOOST_TEST(run("crex shm cat ${N#/} | wc -c") == (Answer{0, "20\n"}));
    BOOST_TEST(std::to_integer<char>(memory.map().bytes()[3]) == 'h');
}

BOOST_FIXTURE_TEST_CASE(a_dump_shows_bytes_and_letters, Twenty) {
    run("printf 'hello\\001' | crex shm write $N --offset 12");
    BOOST_TEST(run("crex shm dump $N").output ==
               "00000000  00 00 00 00 00 00 00 00  00 00 00 00 68 65 6c 6c  |............hell|\n"
               "00000010  6f 01 00 00                                       |o...|\n");
}

BOOST_FIXTURE_TEST_CASE(memory_keeps_its_length_when_too_much_is_written, Twenty) {
    const auto answer = run("seq 100 | crex shm write $N --offset 18", Capture::errors);
    BOOST_TEST(answer.status == 65);
    BOOST_TEST(contains(answer.output, name));
    BOOST_TEST(memory.size() == 20U);
    BOOST_TEST(run("crex shm cat $N --offset 18") == (Answer{0, "1\n"}));
}

BOOST_FIXTURE_TEST_CASE(a_part_beyond_the_end_is_64, Twenty) {
    BOOST_TEST(run("crex shm cat $N --offset 21 2>/dev/null").status == 64);
    BOOST_TEST(run("crex shm dump $N --offset 1 --length 20 2>/dev/null").status == 64);
    BOOST_TEST(run("printf x | crex shm write $N --offset 21 2>/dev/null").status == 64);
}

BOOST_FIXTURE_TEST_CASE(resize_makes_it_longer_and_shorter, Twenty) {
    BOOST_TEST(run("crex shm resize $N 8K").status == 0);
    BOOST_TEST(memory.size() == 8192U);
    BOOST_TEST(run("crex shm resize -f $N 2").status == 0);
    BOOST_TEST(memory.size() == 2U);
    BOOST_TEST(run("crex shm resize $N 0 2>/dev/null").status == 64);
}

BOOST_FIXTURE_TEST_CASE(missing_memory_is_66, Shell) {
    for (const char* const words : {"cat $N", "dump $N", "write $N </dev/null", "resize $N 5"}) {
        const auto answer = run(std::string{"crex shm "}.append(words), Capture::errors);
        BOOST_TEST(answer.status == 66);
        BOOST_TEST(contains(answer.output, name));
    }
}

BOOST_FIXTURE_TEST_CASE(memory_in_use_gets_no_shorter_unless_forced, Twenty) {
    const auto refused = run("crex shm resize $N 2", Capture::errors);
    BOOST_TEST(refused.status == 75);
    BOOST_TEST(contains(refused.output, "--force"));
    BOOST_TEST(memory.size() == 20U);
    BOOST_TEST(run("crex shm resize $N 20").status == 0);
    BOOST_TEST(run("crex shm resize --force $N 2").status == 0);
    BOOST_TEST(memory.size() == 2U);
}
