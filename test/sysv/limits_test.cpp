// SPDX-License-Identifier: BSL-1.0

// Errors name the system's limit that was reached, and how to raise it. Limits belong to an IPC
// namespace. The tests lower them in a namespace of their own; the objects made there go with it.

#include <fstream>

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"

#include <crex/sysv.hpp>

using namespace test;

namespace sysv = crex::sysv;

namespace {

constexpr int not_permitted = 77;

// An ordinary user may do this in a user namespace, but may be unable to write the limits there.
bool enter_ipc_namespace() {
    return unshare(CLONE_NEWIPC) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWIPC) == 0;
}

bool set_limit(const std::string& name, const std::string& value) {
    std::ofstream file{"/proc/sys/kernel/" + name};
    file << value << std::flush;
    return file.good();
}

void expect_done(int outcome) {
    if (outcome == not_permitted) {
        skip("the limits cannot be set here");
    } else {
        BOOST_TEST(outcome == done);
    }
}

// Runs `body` in a process with these limits. It must throw an Expected with this errno and the
// limit's name.
template <class Expected, class Body>
void expect_limit(const std::string& name, const std::string& value, int error_number, Body body) {
    const int outcome = in_child([&]() -> int {
        if (!enter_ipc_namespace() || !set_limit(name, value)) {
            return not_permitted;
        }
        try {
            body();
        } catch (const Expected& error) {
            const bool raises = contains(error.what(), "sysctl kernel." + name);
            if constexpr (std::is_base_of_v<crex::Error, Expected>) {
                return raises && error.code().value() == error_number ? done : no;
            }
            return raises ? done : no;
        }
        return no;
    });
    expect_done(outcome);
}

} // namespace

BOOST_AUTO_TEST_CASE(message_too_long_to_be_peeked_is_not_a_removed_object) {
    expect_limit<crex::Error>("msgmax", "20", ENOTSUP, [] {
        sysv::MessageQueue queue{std::nullopt, crex::O_CREX};
        queue.send("it is ten.");
        set_limit("msgmax", "9");
        (void)queue.peek();
    });
}

BOOST_AUTO_TEST_CASE(error_about_one_set_too_many_names_the_limit) {
    expect_limit<crex::Error>("sem", "100 1000 10 1", ENOSPC, [] {
        for (int i = 0; i < 2; ++i) {
            sysv::SemaphoreSet(std::nullopt, crex::O_CREX, {.size = 3});
        }
    });
}

BOOST_AUTO_TEST_CASE(error_about_one_semaphore_too_many_names_the_limit) {
    expect_limit<crex::Error>("sem", "100 5 10 100", ENOSPC, [] {
        for (int i = 0; i < 2; ++i) {
            sysv::SemaphoreSet(std::nullopt, crex::O_CREX, {.size = 3});
        }
    });
}

BOOST_AUTO_TEST_CASE(error_about_a_set_too_large_names_the_limit) {
    expect_limit<std::invalid_argument>("sem", "2 1000 10 100", 0, [] {
        sysv::SemaphoreSet(std::nullopt, crex::O_CREX, {.size = 3});
    });
}

BOOST_AUTO_TEST_CASE(error_about_one_operation_too_many_names_the_limit) {
    expect_limit<std::invalid_argument>("sem", "100 1000 2 100", 0, [] {
        sysv::SemaphoreSet set{std::nullopt, crex::O_CREX, {.size = 3}};
        set.operate({{0, 1}, {1, 1}, {2, 1}});
    });
}

BOOST_AUTO_TEST_CASE(error_about_one_segment_too_many_names_the_limit) {
    expect_limit<crex::Error>("shmmni", "1", ENOSPC, [] {
        for (int i = 0; i < 2; ++i) {
            sysv::SharedMemory(std::nullopt, crex::O_CREX, {.size = 1});
        }
    });
}

BOOST_AUTO_TEST_CASE(error_about_a_segment_too_large_names_the_limit) {
    expect_limit<std::invalid_argument>("shmmax", "4096", 0, [] {
        sysv::SharedMemory(std::nullopt, crex::O_CREX, {.size = 4097});
    });
}

BOOST_AUTO_TEST_CASE(error_about_one_queue_too_many_names_the_limit) {
    expect_limit<crex::Error>("msgmni", "1", ENOSPC, [] {
        for (int i = 0; i < 2; ++i) {
            sysv::MessageQueue(std::nullopt, crex::O_CREX);
        }
    });
}

BOOST_AUTO_TEST_CASE(error_about_a_message_too_long_names_the_limit) {
    expect_limit<std::invalid_argument>("msgmax", "10", 0, [] {
        sysv::MessageQueue queue{std::nullopt, crex::O_CREX};
        queue.send("eleven byte");
    });
}

// The longest message may be longer than the buffer with which receive() begins.
BOOST_AUTO_TEST_CASE(longest_message_under_a_raised_limit_is_received) {
    const int outcome = in_child([]() -> int {
        constexpr std::size_t size = 100'000;
        if (!enter_ipc_namespace() || !set_limit("msgmax", std::to_string(size)) ||
            !set_limit("msgmnb", std::to_string(size))) {
            return not_permitted;
        }
        sysv::MessageQueue queue{std::nullopt, crex::O_CREX};
        const std::string longest(size, 'x');
        queue.send(longest);
        return queue.peek()->body == longest && queue.receive().body == longest ? done : no;
    });
    expect_done(outcome);
}
