// SPDX-License-Identifier: BSL-1.0

// Opening an object and removing it for having no users: one comes first, and the other sees it.

#include <thread>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "robust/lifecycle.hpp"
#include "robust/permits.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace crex::detail;
using robust::Lifecycle;

namespace {

struct Left {
    std::string name = unique_name();
    Removed<RobustSemaphores> removed{name};
    std::string path = RobustSemaphores::path(name);
    Call call{"test", name};

    Left() { RobustSemaphores::create(name, 1).close(); }

    [[nodiscard]] crex::Object object() const {
        for (const crex::Object& object : crex::take_inventory({.users = false}).objects) {
            if (object.name == name) {
                return object;
            }
        }
        throw std::runtime_error{"it is not listed"};
    }
};

// Somebody who removes it, and takes a while between looking and unlinking.
class SlowRemover {
public:
    explicit SlowRemover(const std::string& path)
        : path_{path}, file_{::open(path.c_str(), O_RDWR | O_CLOEXEC)}, alone_{Lifecycle::removing(
                                                                            file_.get())} {
        BOOST_TEST_REQUIRE(alone_.has_value());
    }
    void finish() {
        ::unlink(path_.c_str());
        alone_.reset();
    }

private:
    std::string path_;
    UniqueFd file_;
    std::optional<Lifecycle> alone_;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(who_is_just_opening_it_keeps_it, Left) {
    const crex::Object before = object();
    BOOST_TEST((before.state == crex::ObjectState::stale));
    {
        const auto segment = robust::Segment::open(call, robust::semaphore_kind, false);
        BOOST_TEST_REQUIRE(segment.has_value());
        BOOST_TEST((object().state == crex::ObjectState::in_use));
        BOOST_TEST((crex::remove_if_stale(before) == crex::Removal::in_use));
    }
    BOOST_TEST((crex::remove_if_stale(before) == crex::Removal::removed));
}

BOOST_FIXTURE_TEST_CASE(who_opens_it_while_it_is_removed_finds_nothing, Left) {
    SlowRemover remover{path};
    Process opener{[&] { return RobustSemaphores::try_open(name) ? 1 : 0; }};
    opener.wait_until_asleep();
    remover.finish();
    BOOST_TEST(opener.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(who_unlinks_it_while_it_is_removed_waits_and_finds_nothing, Left) {
    SlowRemover remover{path};
    Process unlinker{[&] {
        try {
            RobustSemaphores::unlink(name);
            return 1;
        } catch (const crex::ExistentialError&) {
            return 0;
        }
    }};
    unlinker.wait_until_asleep();
    remover.finish();
    BOOST_TEST(unlinker.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(who_has_opened_it_is_known_by_its_beacon_alone, Left) {
    const auto semaphore = RobustSemaphores::open(name);
    const UniqueFd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    BOOST_TEST(Lifecycle::removing(file.get()).has_value());
    BOOST_TEST((object().state == crex::ObjectState::in_use));
}
