// SPDX-License-Identifier: BSL-1.0

// The owner, the mode and the permitted users of a named object, whatever its kind.

#include <filesystem>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "contract/named.hpp"
#include "helpers/ordinary_user.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"

using namespace test;

namespace {

template <class Kind> std::vector<std::string> opening_arguments(const std::string& name) {
    if constexpr (requires { Kind::prefix; }) {
        return {std::string{Kind::prefix}.append("open-semaphore"), name};
    } else if constexpr (std::is_same_v<Kind, SharedMemories>) {
        return {"open-memory", name};
    } else if constexpr (std::is_same_v<Kind, Rings>) {
        return {"open-ring", name};
    } else {
        return {"open-queue", std::string{to_string(Kind::backend)}, name};
    }
}

// A kernel queue's owner can be seen where their file system is mounted.
template <class Kind> std::string visible_path(const std::string& name) {
    if constexpr (std::is_same_v<Kind, PosixQueues>) {
        return "/dev/mqueue" + name;
    } else {
        return Kind::path(name);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(object_has_the_given_mode_whatever_the_umask, Kind, Kinds) {
    const mode_t before = umask(077);
    for (const unsigned mode : {0600U, 0660U, 0666U, 0644U}) {
        const Named<Kind> object;
        Kind::open(object.name, crex::O_CREX, mode);
        BOOST_TEST(Kind::inspect(object.name)->mode == mode);
    }
    umask(before);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ordinary_user_can_use_an_object_that_it_creates_with_any_mode, Kind,
                              Kinds) {
    for (const unsigned mode : {0U, 0200U, 0400U}) {
        const Named<Kind> object;
        const int outcome = in_child([&] {
            if (!become_ordinary_user()) {
                return usage;
            }
            auto handle = Kind::open(object.name, crex::O_CREX, mode);
            if constexpr (std::is_same_v<Kind, Rings>) { // its roles open the file again
                return handle.has_producer() ? no : done;
            }
            Kind::mark(handle);
            return Kind::is_marked(handle) ? done : no;
        });
        if (outcome == usage) {
            skip("this process cannot become an ordinary user's");
            return;
        }
        BOOST_TEST(outcome == done, "mode " << mode);
        if (geteuid() == 0) { // other users may not see a kernel queue of such a mode
            BOOST_TEST(Kind::inspect(object.name)->mode == mode);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_default_mode_is_for_the_owner_alone, Kind, Kinds) {
    const Named<Kind> object;
    Kind::open(object.name, crex::O_CREX);
    BOOST_TEST(Kind::inspect(object.name)->mode == 0600U);
    BOOST_TEST(Kind::inspect(object.name)->owner == geteuid());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_closed_to_other_users_is_a_permissions_error_for_them, Kind,
                              Kinds) {
    const Named<Kind> object;
    Kind::open(object.name, crex::O_CREX, geteuid() == 0 ? 0600 : 0);
    auto arguments = opening_arguments<Kind>(object.name);
    arguments.insert(arguments.begin(), "as-nobody");
    BOOST_TEST(run_peer(arguments) == permissions_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refused_user_is_told_the_owner_and_the_mode, Kind, Kinds) {
    const Named<Kind> object;
    Kind::open(object.name, crex::O_CREX, geteuid() == 0 ? 0640 : 0);
    if (!std::filesystem::exists(visible_path<Kind>(object.name))) {
        skip("no file tells whose it is");
        return;
    }
    const std::string owner = "user " + std::to_string(geteuid());
    const std::string mode = geteuid() == 0 ? "0640" : "0000";
    const int outcome = in_child([&] {
        if (!become_ordinary_user()) {
            return int{other_error};
        }
        const auto error = thrown_by<crex::PermissionsError>([&] { Kind::open(object.name); });
        return contains(error.what(), owner) && contains(error.what(), mode) ? int{done} : int{no};
    });
    BOOST_TEST(outcome == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_open_to_other_users_can_be_opened_by_them, Kind, Kinds) {
    const Named<Kind> object;
    Kind::open(object.name, crex::O_CREX, 0666);
    auto arguments = opening_arguments<Kind>(object.name);
    arguments.insert(arguments.begin(), "as-nobody");
    BOOST_TEST(run_peer(arguments) == done);
}
