// SPDX-License-Identifier: BSL-1.0

// producer_consumer: every item gets through exactly once, whatever the buffer is made of.

#include "demos/bounded_buffer.hpp"

using namespace test;

BOOST_AUTO_TEST_CASE(every_method_is_in_the_table_unless_one_is_given) {
    const auto rows = table_of({"--items", "5000", "--producers", "3", "--consumers", "2"});
    const Words expected{"semaphores", "queue (robust)", "ring", "sysv"};
    BOOST_TEST_REQUIRE(rows.size() == expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST(rows[i].method == expected[i]);
        BOOST_TEST(rows[i].items == 5000U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_item_of_several_producers_gets_to_one_of_several_consumers,
                              Method, EveryMethod) {
    expect_all_once<Method>(20000, {"--producers", "3", "--consumers", "4"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_smallest_items_get_through, Method, EveryMethod) {
    expect_all_once<Method>(20000, {"--size", "16"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(items_whose_size_fits_nothing_get_through, Method, EveryMethod) {
    expect_all_once<Method>(2000, {"--size", "8191"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(room_for_one_item_is_enough, Method, EveryMethod) {
    expect_all_once<Method>(2000, {"--capacity", "1", "--producers", "2", "--consumers", "3"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_producer_and_one_consumer_are_enough, Method, EveryMethod) {
    expect_all_once<Method>(20000, {"--producers", "1", "--consumers", "1"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(workers_without_an_item_end, Method, EveryMethod) {
    expect_all_once<Method>(1, {"--producers", "5", "--consumers", "6"});
}

BOOST_AUTO_TEST_CASE(quiet_leaves_the_table_alone) {
    Program program{app("producer_consumer"), {"--quiet", "--items", "100", "--method", "ring"}};
    expect_exit(program, 0);
    BOOST_TEST(program.output().rfind("method ", 0) == 0U, program.output());
    BOOST_TEST(contains(program.output(), "held by the killed"));
}

BOOST_AUTO_TEST_CASE(progress_is_for_terminals) {
    Program program{app("producer_consumer"), {"--items", "100", "--method", "ring"}};
    expect_exit(program, 0);
    BOOST_TEST(!contains(program.output(), "*"), program.output());
}

BOOST_AUTO_TEST_CASE(help_is_no_error) {
    Program program{app("producer_consumer"), {"--help"}};
    expect_exit(program, 0);
    BOOST_TEST(contains(program.output(), "--kill-every"));
}

BOOST_AUTO_TEST_CASE(senseless_option_is_a_usage_error) {
    expect_usage_error({"--method", "magic"}, "there is no magic");
    expect_usage_error({"--backend", "magic"}, "there is no magic");
    expect_usage_error({"--items", "0"}, "--items: 0 is not a number from 1");
    expect_usage_error({"--items", "many"}, "--items: many");
    expect_usage_error({"--producers", "-1"}, "--producers: -1");
    expect_usage_error({"--consumers", "0"}, "--consumers: 0");
    expect_usage_error({"--capacity", "0"}, "--capacity: 0");
    expect_usage_error({"--size", "15"}, "--size: 15 is not a number from 16");
    expect_usage_error({"--kill-every", "0ms"}, "--kill-every: 0ms is not a time");
    expect_usage_error({"--kill-every", "5"}, "--kill-every: 5 is not a time");
    expect_usage_error({"--speed", "9"}, "speed");
    expect_usage_error({"everything"}, "");
}
