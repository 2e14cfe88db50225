// SPDX-License-Identifier: BSL-1.0

// Files that may lie in place of a robust queue's file: each is refused with a message that names
// it.

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "crash/faults/permitted.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/sanitized.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

constexpr unsigned unknown_id = 54321; // a user and a group that do not exist
constexpr unsigned nobody = 65534;

struct Fixture {
    std::string name = unique_name();
    std::string path = RobustQueues::path(name);
    std::string aside = path + "-aside";

    ~Fixture() {
        std::filesystem::remove(path);
        std::filesystem::remove(aside);
    }

    void create() const {
        const crex::MessageQueue made{
            name,
            crex::O_CREX,
            {.max_messages = 4, .max_message_size = 64, .backend = crex::Backend::robust}};
    }

    [[nodiscard]] std::string problem() const {
        const auto error = thrown_by<crex::CorruptError>([&] { RobustQueues::open(name); });
        BOOST_TEST(error.code().value() == ENOTRECOVERABLE);
        expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                         [&] { RobustQueues::open(name, crex::o_creat); });
        BOOST_TEST(std::filesystem::exists(std::filesystem::symlink_status(path)),
                   "a failed open must not unlink");
        return error.what();
    }

    void patch(std::streamoff offset, const std::string& bytes) const {
        std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
        file.seekp(offset);
        file << bytes;
    }
};

struct Oddity {
    const char* word; // contained in the message
    std::function<void(const Fixture&)> make;
};

void resize(const Fixture& f, int change) {
    f.create();
    std::filesystem::resize_file(
        f.path, static_cast<std::uintmax_t>(
                    static_cast<std::intmax_t>(std::filesystem::file_size(f.path)) + change));
}

const std::vector<Oddity> oddities{
    {"symbolic link",
     [](const Fixture& f) {
         f.create();
         std::filesystem::rename(f.path, f.aside);
         std::filesystem::create_symlink(f.aside, f.path);
     }},
    {"symbolic link",
     [](const Fixture& f) { std::filesystem::create_symlink("/nowhere", f.path); }},
    {"2 names",
     [](const Fixture& f) {
         f.create();
         std::filesystem::create_hard_link(f.path, f.aside);
     }},
    {"FIFO", [](const Fixture& f) { BOOST_TEST(mkfifo(f.path.c_str(), 0600) == 0); }},
    {"directory", [](const Fixture& f) { BOOST_TEST(mkdir(f.path.c_str(), 0700) == 0); }},
    {"too short", [](const Fixture& f) { std::ofstream{f.path}; }},
    {"too short", [](const Fixture& f) { std::ofstream{f.path} << "crex"; }},
    {"is no message queue",
     [](const Fixture& f) { std::ofstream{f.path} << std::string(100'000, 'x'); }},
    {"bytes instead of", [](const Fixture& f) { resize(f, 4096); }},
    {"bytes instead of", [](const Fixture& f) { resize(f, -1); }},
    {"version",
     [](const Fixture& f) {
         f.create();
         f.patch(8, "\x7f");
     }},
    {"damaged",
     [](const Fixture& f) {
         f.create();
         f.patch(40, "\x7f");
     }},
};

int as_user(unsigned user, unsigned group, const std::function<int()>& body) {
    return in_child([&] {
        if (setgid(group) != 0 || setuid(user) != 0) {
            return int{usage};
        }
        return body();
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(file_that_is_no_queue_is_refused_and_named) {
    std::map<std::string, std::string> complaints; // by the word that distinguishes them
    for (const auto& [word, make] : oddities) {
        const Fixture fixture;
        make(fixture);
        const std::string problem = fixture.problem();
        BOOST_TEST_MESSAGE(problem);
        BOOST_TEST(contains(problem, word), problem);
        BOOST_TEST(contains(problem, fixture.name), problem);
        for (const auto& [other, its_complaint] : complaints) {
            BOOST_TEST((other == word || !contains(problem, other)), problem);
        }
        complaints[word] = problem;
    }
    BOOST_TEST(complaints.size() == 9U);
}

BOOST_FIXTURE_TEST_CASE(a_socket_or_device_is_refused, Fixture) {
    if (mknod(path.c_str(), S_IFSOCK | 0600, 0) != 0) {
        surroundings::skip_or_fail("no socket can be made in /dev/shm");
        return;
    }
    BOOST_TEST(contains(problem(), "no regular file"));
}

// The file's owner could write anything into it.
BOOST_FIXTURE_TEST_CASE(queue_of_another_user_is_refused_unless_asked_for, Fixture) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root can make another user's file");
        return;
    }
    for (const mode_t mode : {0666U, 0606U, 0660U, 0662U}) {
        create();
        BOOST_TEST_REQUIRE(chmod(path.c_str(), mode) == 0);
        BOOST_TEST_REQUIRE(chown(path.c_str(), unknown_id, unknown_id) == 0);
        const int outcome = as_user(nobody, nobody, [&] {
            const auto queue = RobustQueues::open(name);
            return int{done};
        });
        BOOST_TEST(outcome == permissions_error);
        std::filesystem::remove(path);
    }
}

BOOST_FIXTURE_TEST_CASE(queue_of_another_user_can_be_asked_for, Fixture) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root can make another user's file");
        return;
    }
    create();
    BOOST_TEST_REQUIRE(chmod(path.c_str(), 0666) == 0);
    BOOST_TEST_REQUIRE(chown(path.c_str(), unknown_id, unknown_id) == 0);
    const auto use = [&](bool any_owner) {
        return as_user(nobody, nobody, [&] {
            crex::MessageQueue queue{
                name, 0, {.backend = crex::Backend::robust, .any_owner = any_owner}};
            queue.send("taken on trust");
            return int{done};
        });
    };
    BOOST_TEST(use(false) == permissions_error);
    BOOST_TEST(use(true) == done);
    // The message says whose file it is, and what to do.
    BOOST_TEST(as_user(nobody, nobody, [&] {
                   const auto error =
                       thrown_by<crex::PermissionsError>([&] { RobustQueues::open(name); });
                   const std::string what = error.what();
                   return contains(what, std::to_string(unknown_id)) && contains(what, "any_owner")
                              ? done
                              : no;
               }) == done);
}

BOOST_FIXTURE_TEST_CASE(root_can_use_a_queue_of_another_user, Fixture) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root can make another user's file");
        return;
    }
    create();
    BOOST_TEST_REQUIRE(chmod(path.c_str(), 0600) == 0);
    BOOST_TEST_REQUIRE(chown(path.c_str(), unknown_id, unknown_id) == 0);
    RobustQueues::open(name).send("from root");
    BOOST_TEST(RobustQueues::open(name).current_messages() == 1U);
}

BOOST_FIXTURE_TEST_CASE(roots_queue_is_trusted_by_all, Fixture) {
    if (geteuid() != 0) {
        surroundings::skip_or_fail("only root is root");
        return;
    }
    create();
    BOOST_TEST_REQUIRE(chmod(path.c_str(), 0666) == 0);
    BOOST_TEST(as_user(nobody, nobody, [&] {
                   RobustQueues::open(name).send("from an ordinary user");
                   return int{done};
               }) == done);
}

// The number of spare descriptors grows until there are enough.
BOOST_FIXTURE_TEST_CASE(too_many_open_files_are_an_error_and_leave_nothing, Fixture) {
    if (sanitized) {
        skip("UndefinedBehaviorSanitizer itself needs descriptors");
        return;
    }
    const auto with_spare = [&](rlim_t spare, int flags) {
        return in_child([&] {
            const int next = dup(0);
            const rlim_t limit = static_cast<rlim_t>(next) + spare;
            close(next);
            const rlimit few{limit, limit};
            setrlimit(RLIMIT_NOFILE, &few);
            try {
                RobustQueues::open(name, flags).send("x");
                return int{done};
            } catch (const crex::Error& error) {
                return error.code().value() == EMFILE ? int{no} : int{other_error};
            }
        });
    };
    BOOST_TEST(with_spare(0, crex::O_CREX) == no);
    BOOST_TEST(!std::filesystem::exists(path));
    bool created = false;
    for (rlim_t spare = 1; spare < 10 && !created; ++spare) {
        created = with_spare(spare, crex::O_CREX) == done;
        BOOST_TEST(std::filesystem::exists(path) == created);
    }
    BOOST_TEST(created);
    BOOST_TEST(with_spare(0, 0) == no);
    BOOST_TEST(with_spare(4, 0) == done);
    BOOST_TEST(RobustQueues::open(name).current_messages() == 2U);
}
