// SPDX-License-Identifier: BSL-1.0

// Opening an object, and removing it because it has no users: one comes first, and the other
// notices it. The last user of a queue that lives until unused, and a newly forked child, follow
// this rule too.

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "common/arguments.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "platform/fork.hpp"
#include "robust/lifecycle.hpp"
#include "robust_semaphore/permits.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace crex::detail;
using robust::Lifecycle;
using namespace std::chrono_literals;

namespace {

const Deadline at_once{crex::do_not_wait};

struct Left {
    std::string name = unique_name();
    Removed<RobustSemaphores> removed{name};
    std::string path = RobustSemaphores::path(name);
    Call call{"test", name};

    Left() { RobustSemaphores::create(name, 1).close(); }

    [[nodiscard]] crex::Object object() const {
        for (const crex::Object& object : crex::list_objects({.users = false}).objects) {
            if (object.name == name) {
                return object;
            }
        }
        throw std::runtime_error{"it is not listed"};
    }
};

// A remover that takes a while between the check and the unlink.
class SlowRemover {
public:
    explicit SlowRemover(const std::string& path)
        : path_{path}, file_{::open(path.c_str(), O_RDWR | O_CLOEXEC)}, alone_{Lifecycle::removing(
                                                                            file_.get(), at_once)} {
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

BOOST_FIXTURE_TEST_CASE(opener_under_way_keeps_the_object, Left) {
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

BOOST_FIXTURE_TEST_CASE(opener_during_a_removal_finds_nothing, Left) {
    SlowRemover remover{path};
    Process opener{[&] { return RobustSemaphores::try_open(name) ? 1 : 0; }};
    opener.wait_until_asleep();
    remover.finish();
    BOOST_TEST(opener.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(unlink_during_a_removal_waits_and_finds_nothing, Left) {
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

BOOST_FIXTURE_TEST_CASE(an_opener_is_known_by_its_liveness_lock_alone, Left) {
    const auto semaphore = RobustSemaphores::open(name);
    const UniqueFd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    BOOST_TEST(Lifecycle::removing(file.get(), at_once).has_value());
    BOOST_TEST((object().state == crex::ObjectState::in_use));
}

namespace {

crex::MessageQueueOptions until_unused() {
    return {.max_messages = 4,
            .max_message_size = 64,
            .backend = crex::Backend::robust,
            .lifetime = crex::Lifetime::until_unused};
}

// A forked child that reaches the library's own handlers only when its parent permits.
class SlowChild {
public:
    void in_forked_child() noexcept {
        char byte = 0;
        (void)!read(let_on_[0], &byte, 1);
    }
    SlowChild() { BOOST_TEST_REQUIRE(pipe(let_on_) == 0); }
    ~SlowChild() {
        close(let_on_[0]);
        close(let_on_[1]);
    }
    SlowChild(const SlowChild&) = delete;
    SlowChild& operator=(const SlowChild&) = delete;

    void let_on() const { BOOST_TEST(write(let_on_[1], "", 1) == 1); }

private:
    int let_on_[2];
    AtForkChild watch_{*this}; // called before the older handlers
};

struct QueueOfTheLast {
    std::string name = unique_name();
    Removed<RobustQueues> removed{name};
    std::string path = robust::Segment::path(robust::queue_kind, name);
    crex::MessageQueue queue{name, crex::O_CREX, until_unused()};
};

} // namespace

// An explicit unlink() takes the lifecycle lock too. Another queue may take the name after it.
BOOST_FIXTURE_TEST_CASE(last_user_waits_for_an_unlink_under_way_and_spares_the_next_queue,
                        QueueOfTheLast) {
    const UniqueFd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    std::optional<Lifecycle> unlinking{Lifecycle::opening({"test", name}, file.get())};
    const SlowChild slow;
    Process last{[&] {
        queue.close();
        return 0;
    }};
    queue.close();
    slow.let_on();
    last.wait_until_asleep();
    ::unlink(path.c_str());
    const crex::MessageQueue next{name, crex::O_CREX, until_unused()};
    unlinking.reset();
    BOOST_TEST(last.wait() == 0);
    BOOST_TEST(RobustQueues::inspect(name).has_value());
}

BOOST_FIXTURE_TEST_CASE(forked_child_keeps_the_object_from_its_birth_on, QueueOfTheLast) {
    const SlowChild slow;
    Process child{[&] {
        queue.send("hello");
        return queue.receive().body == "hello" && RobustQueues::inspect(name) ? 0 : 1;
    }};
    queue.close();
    for (const crex::Object& object : crex::list_objects().objects) {
        if (object.name == name) {
            BOOST_TEST((object.state == crex::ObjectState::in_use));
            auto by_hand = object;
            by_hand.state = crex::ObjectState::stale;
            BOOST_TEST((crex::remove_if_stale(by_hand) == crex::Removal::in_use));
        }
    }
    BOOST_TEST(RobustQueues::inspect(name).has_value());
    slow.let_on();
    BOOST_TEST(child.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(name_that_now_belongs_to_another_object_is_left_alone, Left) {
    const UniqueFd old{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    RobustSemaphores::unlink(name);
    const auto next = RobustSemaphores::create(name, 1);
    BOOST_TEST(robust::remove_if_unused(old.get(), path) == 0);
    BOOST_TEST(RobustSemaphores::inspect(name).has_value());
}

BOOST_AUTO_TEST_CASE(object_that_comes_and_goes_forever_is_given_up) {
    const Wanted wanted{.create = true, .exclusive = false, .random = false};
    struct Caller {
        [[nodiscard]] static Call call() { return {"test", "/it"}; }
    };
    const auto nothing = [] { return std::unique_ptr<int>{}; };
    expect_error<crex::BusyError>(
        EBUSY, [&] { (void)open_or_create(Caller{}, wanted, nothing, nothing, [] {}); });
}

// The time to compare with is ten seconds: a call without a timeout would wait that long.
BOOST_AUTO_TEST_CASE(
    receive_waits_no_longer_than_its_timeout_for_the_remover_of_the_dead_letter_queue) {
    const std::string name = unique_name();
    const std::string dead = unique_name();
    const Removed<RobustQueues> removed{name};
    const Removed<RobustQueues> dead_removed{dead};
    crex::MessageQueue queue{
        name,
        crex::O_CREX,
        {.backend = crex::Backend::robust, .max_attempts = 1, .dead_letter = dead}};
    queue.send("poison");
    queue.lease().nack();
    const SlowRemover remover{RobustQueues::path(dead)};
    const auto began = std::chrono::steady_clock::now();
    BOOST_TEST(queue.receive(100ms).body == "poison");
    BOOST_TEST((std::chrono::steady_clock::now() - began < 8s));
}
