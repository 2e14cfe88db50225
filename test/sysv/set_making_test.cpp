// SPDX-License-Identifier: BSL-1.0

// semget(2) makes sets without values. No process may take such a set for finished or wait for it
// forever.

#include <array>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <sys/sem.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "helpers/outcome_of.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/signals.hpp"
#include "sysv/fixture.hpp"

using namespace test;

namespace {

using crex::sysv::Semaphore;
using crex::sysv::SemaphoreSet;

// A set as semget(2) leaves it.
struct Unfinished {
    explicit Unfinished(int size = 1) : id{semget(key, size, IPC_CREAT | IPC_EXCL | 0600)} {
        BOOST_TEST_REQUIRE(id >= 0);
    }
    ~Unfinished() { semctl(id, 0, IPC_RMID); }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

    [[nodiscard]] long operation_time() const {
        semid_ds status{};
        semctl(id, 0, IPC_STAT, &status);
        return status.sem_otime;
    }

    std::int32_t key = unique_key();
    int id;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(new_set_has_an_operation_time_as_peers_expect, SysvSemaphore) {
    BOOST_TEST(semaphore.last_operation_time().has_value());
    for (const unsigned value : {1U, crex::sysv::semaphore_value_max}) {
        SysvSemaphore other{value};
        BOOST_TEST(other.semaphore.last_operation_time().has_value());
        BOOST_TEST(other.semaphore.value() == value);
    }
}

BOOST_AUTO_TEST_CASE(new_semaphore_has_no_operation_time_if_it_is_not_to_be_operated_on) {
    const crex::sysv::SemaphoreOptions options{.initial_value = 2, .operate_first = false};
    OnlyHere<Semaphore> semaphore{Semaphore{unique_key(), crex::O_CREX, options}};
    BOOST_TEST(!semaphore->last_operation_time());
    BOOST_TEST((Semaphore{semaphore->key(), crex::o_creat}.value() == 2U)); // and it is finished
    BOOST_TEST(!semaphore->last_operation_time());
    semaphore->release();
    BOOST_TEST(semaphore->last_operation_time().has_value());
}

BOOST_AUTO_TEST_CASE(set_in_the_making_is_waited_for) {
    Unfinished it;
    const std::jthread maker{[&] {
        wait_until_asleep(getpid());
        std::array<unsigned short, 1> values{3};
        semctl(it.id, 0, SETALL, values.data());
    }};
    BOOST_TEST((Semaphore{it.key, crex::o_creat, {.initial_value = 3}}.value() == 3U));
}

BOOST_AUTO_TEST_CASE(unfinished_set_is_a_corrupt_error_for_open_or_create) {
    Unfinished it;
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { Semaphore(it.key, crex::o_creat); });
    BOOST_TEST(it.operation_time() == 0);
}

BOOST_AUTO_TEST_CASE(unfinished_set_is_opened_as_it_is_with_flags_0) {
    Unfinished it;
    Semaphore semaphore{it.key};
    BOOST_TEST(semaphore.value() == 0U);
    semaphore.release();
    BOOST_TEST((Semaphore{it.key, crex::o_creat}.value() == 1U));
}

BOOST_AUTO_TEST_CASE(set_whose_values_were_all_set_is_finished) {
    Unfinished it{2};
    semctl(it.id, 0, SETVAL, 1);
    expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                     [&] { SemaphoreSet(it.key, crex::o_creat, {.size = 2}); });
    semctl(it.id, 1, SETVAL, 0);
    const SemaphoreSet set{it.key, crex::o_creat, {.size = 2}};
    BOOST_TEST(set.value(0) == 1U);
    BOOST_TEST(it.operation_time() == 0);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_the_maker) {
    BOOST_TEST(eventually([] { // on a busy machine, the limit for the maker may pass first
        Unfinished it;
        const Alarms alarms;
        return outcome_of([&] { return Semaphore(it.key, crex::o_creat), done; }) == signal_error;
    }));
}

BOOST_AUTO_TEST_CASE(set_removed_while_its_maker_is_waited_for_is_created_again_or_missing) {
    for (const int flags : {crex::o_creat, 0}) {
        Unfinished it;
        const std::jthread remover{[&] {
            wait_until_asleep(getpid());
            semctl(it.id, 0, IPC_RMID);
        }};
        auto opened = Semaphore::try_open(it.key, flags);
        BOOST_TEST(opened.has_value() == (flags != 0));
        if (opened) {
            opened->remove();
        }
    }
}

BOOST_AUTO_TEST_CASE(each_of_many_simultaneous_open_or_create_calls_finds_the_value) {
    for (int round = 0; round < 20; ++round) {
        const auto key = unique_key();
        std::vector<Process> peers;
        for (int i = 0; i < 6; ++i) {
            peers.push_back(start_sysv_peer("open-or-create", key, {"7"}));
        }
        for (auto& peer : peers) {
            BOOST_TEST(peer.wait() == done);
        }
        Semaphore{key}.remove();
    }
}

BOOST_AUTO_TEST_CASE(a_mode_that_denies_its_owner_does_not_keep_it_from_its_values) {
    const auto create = [] {
        OnlyHere<Semaphore> semaphore{
            Semaphore{unique_key(), crex::O_CREX, {.mode = 0044, .initial_value = 3}}};
        return semctl(semaphore->id(), 0, GETVAL) == 3 ? done : no;
    };
    BOOST_TEST(in_child([&]() -> int {
                   if (geteuid() != 0) {
                       return create() == no ? done : no; // it cannot even read
                   }
                   return create();
               }) == done);
}

// The kernel's error is that of a removed set. The call must not create the set again and again
// because of that.
BOOST_AUTO_TEST_CASE(set_that_cannot_be_finished_is_not_left_behind) {
    constexpr int not_permitted = 77;
    const int outcome = in_child([]() -> int {
        if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
            return not_permitted;
        }
        const int failed = outcome_of([]() -> int {
            SemaphoreSet(std::nullopt, crex::O_CREX, {.mode = 0400, .size = 1});
            return done;
        });
        std::ifstream sets{"/proc/sysvipc/sem"};
        std::string line;
        std::getline(sets, line); // the heading
        return failed != done && !std::getline(sets, line) ? done : no;
    });
    if (outcome == not_permitted) {
        skip("no user namespaces here");
    } else {
        BOOST_TEST(outcome == done);
    }
}
