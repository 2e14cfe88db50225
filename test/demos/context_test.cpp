// SPDX-License-Identifier: BSL-1.0

// parent and child: a semaphore comes back however the child leaves the scope that holds it.

#include <csignal>

#include "demos/stage.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

std::string told(const std::string& ending) {
    Process parent{app("parent"), {"--countdown", "0", "--ending", ending}};
    const std::string text = parent.read_all();
    BOOST_TEST(parent.wait() == 0);
    BOOST_TEST(contains(text, "Child: got it."));
    BOOST_TEST(contains(text, "Parent: got it back"));
    const auto name = text.substr(text.find("/crex-"), sizeof "/crex-0123456789abcdef" - 1);
    BOOST_TEST(!crex::inspect_robust_semaphore(name).has_value());
    return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_child_that_leaves_the_scope_releases_the_semaphore) {
    const std::string text = told("leaves");
    BOOST_TEST(contains(text, "Child: the scope has released the semaphore."));
    BOOST_TEST(contains(text, "The child has released it."));
}

BOOST_AUTO_TEST_CASE(a_child_that_throws_inside_the_scope_releases_the_semaphore) {
    const std::string text = told("throws");
    BOOST_TEST(contains(text, "Child: caught it outside: tails."));
    BOOST_TEST(contains(text, "The child has released it."));
}

BOOST_AUTO_TEST_CASE(a_child_that_is_killed_inside_the_scope_gives_the_semaphore_back) {
    const std::string text = told("dies");
    BOOST_TEST(!contains(text, "Child: the scope has released"));
    BOOST_TEST(contains(text, "although the child died with it"));
}

// posix_ipc's parent uses its semaphore in this way.
BOOST_AUTO_TEST_CASE(child_takes_part_in_a_plain_semaphore) {
    crex::Semaphore semaphore{std::nullopt, crex::O_CREX, {.initial_value = 0}};
    const Removed<Semaphores> removed{semaphore.name()};
    for (const char* const ending : {"leaves", "throws"}) {
        Process child{app("child"), {"--ending", ending, semaphore.name()}};
        BOOST_TEST(child.read_line() == "Child: waiting for the semaphore.");
        BOOST_TEST(semaphore.value() == 0U);
        semaphore.release();
        BOOST_TEST(child.read_line() == "Child: got it.");
        BOOST_TEST(contains(child.read_all(), "the scope has released the semaphore."));
        BOOST_TEST(child.wait() == 0);
        BOOST_TEST(semaphore.try_acquire());
    }
}

// posix_ipc's child does this to its parent.
BOOST_AUTO_TEST_CASE(parent_gets_a_plain_semaphore_back_unless_the_child_died_with_it) {
    for (const std::string ending : {"leaves", "throws", "dies"}) {
        Process parent{app("parent"), {"--plain", "--countdown", "0", "--ending", ending}};
        const std::string text = parent.read_all();
        BOOST_TEST(contains(text, "Child: got it."));
        BOOST_TEST(contains(text, ending == "dies" ? "does not come back" : "Parent: got it back"));
        BOOST_TEST((parent.wait() == 0) == (ending != "dies"));
    }
}

BOOST_AUTO_TEST_CASE(parent_starts_the_child_that_it_is_told_to) {
    Process parent{app("parent"), {"--plain", "--countdown", "0", "--child", "echo", "named"}};
    BOOST_TEST(contains(parent.read_all(), "named /crex-"));
    BOOST_TEST(parent.wait() == 0);
}

BOOST_AUTO_TEST_CASE(child_without_a_semaphore_says_so) {
    const std::vector<std::string> arguments{unique_name()};
    Process child{app("child"), arguments, Capture::both};
    BOOST_TEST(contains(child.read_all(), "there is none of that name"));
    BOOST_TEST(child.wait() == 3);
}

BOOST_AUTO_TEST_CASE(parent_counts_down_before_the_child_gets_the_semaphore) {
    Process parent{app("parent"), {"--countdown", "1", "--ending", "leaves"}};
    const std::string text = parent.read_all();
    BOOST_TEST(parent.wait() == 0);
    BOOST_TEST(text.find("releasing it in 1 s") < text.find("Child: got it."));
}

BOOST_AUTO_TEST_CASE(an_ending_that_does_not_exist_is_a_usage_error) {
    Process parent{app("parent"), {"--ending", "explodes"}, Capture::both};
    BOOST_TEST(contains(parent.read_all(), "ending"));
    BOOST_TEST(parent.wait() == 2);
}
