// SPDX-License-Identifier: BSL-1.0

// The contract of every named object, whatever its kind.

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contract/named.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

std::string longest_name(std::size_t length) {
    std::string name = unique_name();
    name.resize(length + 1, 'x');
    return name;
}

// Expects that memory, and a queue in its name space, cannot be opened by the name of that file.
template <class Bare> void expect_reserved(const std::string& file) {
    BOOST_TEST_CONTEXT(Bare::type << " " << file) {
        expect_invalid([&] { Bare::open(file); });
        expect_invalid([&] { Bare::open(file, crex::o_creat); });
        expect_invalid([&] { (void)Bare::try_open(file, crex::O_CREX); });
        expect_invalid([&] { Bare::unlink(file); });
        BOOST_TEST(!Bare::inspect(file));
    }
}

bool provisional_files_are_left() {
    const std::string mine = "crex-tmp." + std::to_string(getpid()) + ".";
    for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm"}) {
        if (contains(entry.path().filename(), mine)) {
            return true;
        }
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(created_object_can_be_opened_by_its_name, Kind, Kinds) {
    const Named<Kind> object;
    auto created = Kind::open(object.name, crex::O_CREX);
    Kind::mark(created);
    auto opened = Kind::open(object.name);
    BOOST_TEST(opened.name() == object.name);
    BOOST_TEST(Kind::is_marked(opened));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(opening_a_missing_object_is_an_existential_error, Kind, Kinds) {
    const std::string name = unique_name();
    expect_error<crex::ExistentialError>(ENOENT, [&] { Kind::open(name); });
    BOOST_TEST(!Kind::try_open(name));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(
    creating_over_an_existing_object_is_an_existential_error_and_changes_nothing, Kind, Kinds) {
    const Named<Kind> object;
    auto first = Kind::open(object.name, crex::O_CREX);
    Kind::mark(first);
    expect_error<crex::ExistentialError>(EEXIST, [&] { Kind::open(object.name, crex::O_CREX); });
    BOOST_TEST(!Kind::try_open(object.name, crex::O_CREX));
    auto again = Kind::open(object.name);
    BOOST_TEST(Kind::is_marked(again));
    BOOST_TEST(!provisional_files_are_left());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(o_creat_creates_a_missing_object_and_opens_an_existing_one, Kind,
                              Kinds) {
    const Named<Kind> object;
    auto created = Kind::open(object.name, crex::o_creat);
    Kind::mark(created);
    auto opened = Kind::open(object.name, crex::o_creat);
    BOOST_TEST(Kind::is_marked(opened));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(exactly_one_of_many_exclusive_creators_wins, Kind, Kinds) {
    const Named<Kind> object;
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] { winners += Kind::try_open(object.name, crex::O_CREX) ? 1 : 0; });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(winners == 1);
    BOOST_TEST(!provisional_files_are_left());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(simultaneous_open_or_create_gives_all_threads_the_same_object, Kind,
                              Kinds) {
    const Named<Kind> object;
    std::vector<std::optional<typename Kind::Handle>> handles(8);
    std::vector<std::thread> threads;
    for (auto& handle : handles) {
        threads.emplace_back([&] { handle = Kind::open(object.name, crex::o_creat); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    Kind::mark(*handles.front());
    for (auto& handle : handles) {
        BOOST_TEST(Kind::is_marked(*handle));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unlinked_object_works_for_its_open_handles, Kind, Kinds) {
    const std::string name = unique_name();
    auto first = Kind::open(name, crex::O_CREX);
    auto second = Kind::open(name);
    first.unlink();
    Kind::mark(first);
    BOOST_TEST(Kind::is_marked(second));
    expect_error<crex::ExistentialError>(ENOENT, [&] { Kind::open(name); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_is_free_again_once_unlinked, Kind, Kinds) {
    const Named<Kind> object;
    auto old = Kind::open(object.name, crex::O_CREX);
    Kind::mark(old);
    const auto old_id = Kind::inspect(object.name)->id;
    Kind::unlink(object.name);
    auto fresh = Kind::open(object.name, crex::O_CREX);
    BOOST_TEST(!Kind::is_marked(fresh));
    BOOST_TEST((Kind::inspect(object.name)->id != old_id));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(handle_knows_which_object_it_has, Kind, Kinds) {
    const Named<Kind> object;
    const auto created = Kind::open(object.name, crex::O_CREX);
    const auto opened = Kind::open(object.name);
    BOOST_TEST((created.id() == opened.id()));
    BOOST_TEST((created.id() == Kind::inspect(object.name)->id));
    BOOST_TEST(created.is_linked());
    BOOST_TEST(opened.is_linked());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(handle_notices_that_its_name_was_removed, Kind, Kinds) {
    const Named<Kind> object;
    const auto created = Kind::open(object.name, crex::O_CREX);
    const auto opened = Kind::open(object.name);
    const auto id = created.id();
    Kind::unlink(object.name);
    BOOST_TEST(!created.is_linked());
    BOOST_TEST(!opened.is_linked());
    const auto fresh = Kind::open(object.name, crex::O_CREX);
    BOOST_TEST(fresh.is_linked());
    BOOST_TEST((fresh.id() != id));
    BOOST_TEST(!created.is_linked());
    BOOST_TEST(!opened.is_linked());
    BOOST_TEST((created.id() == id));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unlinking_a_missing_object_is_an_existential_error, Kind, Kinds) {
    const std::string name = unique_name();
    auto handle = Kind::open(name, crex::O_CREX);
    Kind::unlink(name);
    expect_error<crex::ExistentialError>(ENOENT, [&] { Kind::unlink(name); });
    expect_error<crex::ExistentialError>(ENOENT, [&] { handle.unlink(); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(closing_and_destroying_a_handle_never_unlinks, Kind, Kinds) {
    const Named<Kind> object;
    {
        auto handle = Kind::open(object.name, crex::O_CREX);
        Kind::close(handle);
    }
    { const auto handle = Kind::open(object.name); }
    BOOST_TEST(Kind::try_open(object.name).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_name_with_o_crex_gives_a_random_unused_one, Kind, Kinds) {
    auto one = Kind::open(std::nullopt, crex::O_CREX);
    auto two = Kind::open(std::nullopt, crex::O_CREX);
    const Removed<Kind> remove_one{one.name()};
    const Removed<Kind> remove_two{two.name()};
    BOOST_TEST(one.name() != two.name());
    BOOST_TEST(one.name().starts_with('/'));
    BOOST_TEST(Kind::open(one.name()).name() == one.name());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_name_without_o_crex_is_invalid, Kind, Kinds) {
    expect_invalid([] { Kind::open(std::nullopt); });
    expect_invalid([] { Kind::open(std::nullopt, crex::o_creat); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bad_names_are_invalid_everywhere, Kind, Kinds) {
    using namespace std::string_literals;
    for (const auto& name :
         {""s, "x"s, "x/y"s, "/"s, "//x"s, "/x/"s, "/x/y"s, "/."s, "/.."s, "/x\0y"s, "\0/x"s}) {
        BOOST_TEST_CONTEXT("name: " << name) {
            expect_invalid([&] { Kind::open(name); });
            expect_invalid([&] { Kind::open(name, crex::O_CREX); });
            expect_invalid([&] { (void)Kind::try_open(name, crex::o_creat); });
            expect_invalid([&] { Kind::unlink(name); });
            expect_invalid([&] { Kind::inspect(name); });
        }
    }
}

using PrefixedKinds = std::tuple<Semaphores, RobustSemaphores, RobustQueues, Rings>;

BOOST_AUTO_TEST_CASE_TEMPLATE(file_of_another_kind_is_no_memory_and_no_boost_queue, Kind,
                              PrefixedKinds) {
    const Named<Kind> object;
    auto handle = Kind::open(object.name, crex::O_CREX);
    const std::string file = Kind::path(object.name).substr(std::string{"/dev/shm"}.size());
    expect_reserved<SharedMemories>(file);
    expect_reserved<BoostQueues>(file);
    Kind::mark(handle);
    BOOST_TEST(Kind::is_marked(handle));
    BOOST_TEST(Kind::try_open(object.name).has_value());
}

BOOST_AUTO_TEST_CASE(names_that_crex_uses_internally_are_refused) {
    const std::string name = unique_name();
    for (const char* const prefix : {"/crex-poll.", "/crex-aside."}) {
        expect_reserved<SharedMemories>(std::string{prefix}.append(name, 1));
        expect_reserved<BoostQueues>(std::string{prefix}.append(name, 1));
    }
    expect_reserved<Semaphores>(std::string{"/crex-tmp."}.append(name, 1));
}

BOOST_AUTO_TEST_CASE(refusal_of_a_reserved_name_says_what_it_is_for) {
    try {
        const crex::SharedMemory memory{"/sem.turn"};
        BOOST_ERROR("it was opened");
    } catch (const std::invalid_argument& error) {
        BOOST_TEST(contains(error.what(), "/sem.turn"));
        BOOST_TEST(contains(error.what(), "a semaphore"));
    }
}

// Names of the other kinds have a prefix in the file system, so their own names are free.
BOOST_AUTO_TEST_CASE_TEMPLATE(reserved_prefix_is_allowed_for_other_kinds, Kind, PrefixedKinds) {
    const std::string name = std::string{"/sem."}.append(unique_name(), 1);
    const Removed<Kind> removed{name};
    Kind::open(name, crex::O_CREX);
    BOOST_TEST(Kind::try_open(name).has_value());
    expect_error<crex::ExistentialError>(ENOENT, [&] { PosixQueues::open(name); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_longest_name_works_and_one_more_is_invalid, Kind, Kinds) {
    const std::string name = longest_name(Kind::name_max);
    const Removed<Kind> removed{name};
    Kind::open(name, crex::O_CREX);
    BOOST_TEST(Kind::open(name).name().size() == Kind::name_max + 1);
    expect_invalid([&] { Kind::open(name + "x", crex::O_CREX); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(senseless_flags_are_invalid_and_create_nothing, Kind, Kinds) {
    const std::string name = unique_name();
    expect_invalid([&] { Kind::open(name, crex::o_excl); });
    expect_invalid([&] { Kind::open(name, crex::O_CREX | 1); });
    expect_invalid([&] { Kind::open(name, crex::O_CREX | 0x4000'0000); });
    if constexpr (!std::is_same_v<Kind, SharedMemories>) {
        expect_invalid([&] { Kind::open(name, crex::O_CREX | crex::o_trunc); });
    }
    BOOST_TEST(!Kind::try_open(name));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_mode_that_is_not_octal_is_invalid_and_creates_nothing, Kind,
                              Kinds) {
    const std::string name = unique_name();
    expect_invalid([&] { Kind::open(name, crex::O_CREX, 600); }); // decimal 600 is 01130
    BOOST_TEST(!Kind::try_open(name));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_closed_handle_knows_its_name_and_can_unlink_but_nothing_else, Kind,
                              Kinds) {
    const Named<Kind> object;
    auto handle = Kind::open(object.name, crex::O_CREX);
    Kind::close(handle);
    Kind::close(handle);
    BOOST_TEST(handle.name() == object.name);
    for (const auto& call : Kind::calls()) {
        expect_error<crex::ExistentialError>(EBADF, [&] { call(handle); });
    }
    handle.unlink();
    BOOST_TEST(!Kind::try_open(object.name));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_handle_that_was_moved_from_is_closed, Kind, Kinds) {
    const Named<Kind> object;
    auto from = Kind::open(object.name, crex::O_CREX);
    auto to = std::move(from);
    BOOST_TEST(to.name() == object.name);
    Kind::mark(to);
    BOOST_TEST(Kind::is_marked(to));
    BOOST_TEST(from.name().empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    for (const auto& call : Kind::calls()) {
        expect_error<crex::ExistentialError>(EBADF, [&] { call(from); });
    }
    Kind::close(from);
    expect_invalid([&] { from.unlink(); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(handle_moved_to_itself_keeps_its_object, Kind, Kinds) {
    const Named<Kind> object;
    auto handle = Kind::open(object.name, crex::O_CREX);
    auto& same = handle;
    handle = std::move(same);
    BOOST_TEST(handle.name() == object.name);
    Kind::mark(handle);
    BOOST_TEST(Kind::is_marked(handle));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(thread_that_outlives_the_first_thread_can_use_the_object, Kind,
                              Kinds) {
    const Named<Kind> object;
    const int status = in_child([&]() -> int {
        std::thread{[&] {
            while (state_of(getpid()) != 'Z') {
                usleep(100);
            }
            auto made = Kind::open(object.name, crex::O_CREX);
            Kind::mark(made);
            auto opened = Kind::open(object.name);
            _exit(Kind::is_marked(opened) ? 0 : 1);
        }}.detach();
        syscall(SYS_exit, 0); // not pthread_exit(3), which unwinds
        return 1;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_error_names_object_operation_and_cause, Kind, Kinds) {
    const std::string name = unique_name();
    const auto error = thrown_by<crex::ExistentialError>([&] { Kind::open(name); });
    BOOST_TEST(contains(error.what(), Kind::type));
    BOOST_TEST(contains(error.what(), name));
    BOOST_TEST(contains(error.what(), "there is none of that name"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(inspecting_returns_the_creation_time_if_it_is_known, Kind, Kinds) {
    const Named<Kind> object;
    BOOST_TEST(!Kind::inspect(object.name));
    const auto before = std::chrono::system_clock::now() - std::chrono::seconds{1};
    Kind::open(object.name, crex::O_CREX);
    const auto created = Kind::inspect(object.name)->created;
    BOOST_TEST(created.has_value() == (!std::is_same_v<Kind, PosixQueues>));
    if (created) {
        BOOST_TEST((*created > before));
        BOOST_TEST((*created < std::chrono::system_clock::now() + std::chrono::seconds{1}));
    }
}
