// SPDX-License-Identifier: BSL-1.0

// The library on kernels without one or several of the features that it uses. Either it does
// without, or the error says which feature is missing, and nothing is left behind.
// test/platforms/kernels.sh runs the contract suites on such kernels.

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "helpers/outcome.hpp"
#include "platforms/older_kernel.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr int not_permitted = 77;
constexpr auto long_enough = 60s;

// The outcome of `body` in a process on a kernel without these features.
Outcome on_older_kernel(const std::vector<std::string>& features,
                        const std::function<void()>& body) {
    const int status = in_child([&]() -> int {
        for (const std::string& feature : features) {
            if (!lose_kernel_feature(feature)) {
                return not_permitted;
            }
        }
        body();
        return done;
    });
    if (status == not_permitted) {
        skip("the system does not permit seccomp(2)");
        return done;
    }
    return static_cast<Outcome>(status);
}

// Ends the child with an exit code that no test expects.
void require(bool is_so, const std::string& what) {
    if (!is_so) {
        std::cerr << "not so: " << what << std::endl;
        _exit(usage);
    }
}

// The call must fail with an error whose text names the object and contains `part`.
void expect_refusal(const std::string& name, const std::string& part,
                    const std::function<void()>& call) {
    try {
        call();
    } catch (const crex::Error& error) {
        const std::string text = error.what();
        require(typeid(error) == typeid(crex::Error) && contains(text, name), text);
        require(contains(text, part), text + " contains " + part);
        return;
    }
    require(false, "a call is refused: " + part);
}

std::size_t files_of(const std::string& name) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/dev/shm"}) {
        count += contains(entry.path().filename(), name.substr(1)) ? 1 : 0;
    }
    return count;
}

// What waits, wakes, dies and forks.

void wake_a_receiver(const std::string& name) {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 2}};
    Process receiver{[&] {
        crex::MessageQueue mine{name};
        require(mine.receive(long_enough).body == "wake up", "a sleeping receiver is woken");
        return done;
    }};
    receiver.wait_until_asleep();
    queue.send("wake up", long_enough);
    require(receiver.wait() == done, "the receiver has its message");
    require(!queue.try_receive_for(60ms), "a wait ends at its deadline");
    queue.unlink();
}

void outlive_a_consumer(const std::string& name) {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 2}};
    crex::RobustSemaphore permit{name, crex::O_CREX};
    queue.send("again");
    Process consumer{[&] {
        crex::MessageQueue mine{name};
        crex::RobustSemaphore its{name};
        const auto lease = mine.lease(long_enough);
        its.acquire(long_enough);
        pause();
        return done;
    }};
    while (permit.value() != 0) {
        usleep(1000);
    }
    consumer.kill();
    permit.acquire(long_enough);
    require(permit.previous_holder_died(), "the permit came from a dead process");
    const auto lease = queue.lease(long_enough);
    require(lease.attempts() == 1, "the message comes again");
    queue.unlink();
    permit.unlink();
}

// A child that is made without the C library keeps its killed parent's liveness lock.
void outlive_a_parent(const std::string& name) {
    crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 2}};
    queue.send("again");
    Process parent{helper_path("robust_peer"), {"lease-and-fork", name, "raw"}};
    const auto child = static_cast<pid_t>(std::stoi(parent.read_line()));
    parent.kill();
    require(queue.receive(long_enough).body == "again", "the parent is known to be dead");
    kill(child, SIGKILL);
    queue.unlink();
}

// The child of fork(2) uses the handle that it has inherited.
void share_with_a_fork(const std::string& name) {
    crex::RobustSemaphore permit{name, crex::O_CREX};
    permit.acquire();
    Process child{[&] {
        require(!permit.try_acquire(), "the parent's permit is not the child's");
        permit.acquire(long_enough);
        return permit.holders().front().pid == getpid() ? done : no;
    }};
    child.wait_until_asleep();
    permit.release();
    require(child.wait() == done, "the permit is the child's own");
    permit.acquire(long_enough);
    require(permit.previous_holder_died(), "the child has ended with it");
    permit.unlink();
}

void pass_records(const std::string& name) {
    crex::Ring ring{name, crex::O_CREX, {.capacity = 4096}};
    Process consumer{[&] {
        auto mine = crex::Ring{name}.consumer();
        for (int i = 0; i < 1000; ++i) {
            require(mine.receive(long_enough) == std::string(100, 'r'), "a record arrives");
        }
        return done;
    }};
    auto producer = ring.producer();
    for (int i = 0; i < 1000; ++i) {
        producer.send(std::string(100, 'r'), long_enough);
    }
    require(consumer.wait() == done, "all records arrive");
    ring.unlink();
}

void use_the_others(const std::string& name) {
    crex::Semaphore semaphore{name, crex::O_CREX};
    require(!semaphore.try_acquire_for(60ms), "a semaphore's wait ends at its deadline");
    semaphore.unlink();
    for (const auto backend : {crex::Backend::boost, crex::Backend::posix}) {
        crex::MessageQueue queue{name, crex::O_CREX, {.max_messages = 2, .backend = backend}};
        queue.send("x");
        require(queue.receive(long_enough).body == "x", "a message arrives");
        require(!queue.try_receive_for(60ms), "a receiver's wait ends at its deadline");
        queue.unlink();
    }
}

void use_everything(const std::string& name) {
    wake_a_receiver(name);
    outlive_a_consumer(name);
    outlive_a_parent(name);
    share_with_a_fork(name);
    pass_records(name);
    use_the_others(name);
    require(files_of(name) == 0, "nothing is left");
}

void expect_to_work_without(const std::vector<std::string>& features) {
    const std::string name = unique_name();
    BOOST_TEST(on_older_kernel(features, [&] { use_everything(name); }) == done);
}

} // namespace

// Negative control: calls that crex does without do fail here.
BOOST_AUTO_TEST_CASE(older_kernel_refuses_what_it_does_not_know) {
    const auto fails = [](long result, int error) { return result == -1 && errno == error; };
    const auto try_all = [&] {
        require(fails(syscall(SYS_pidfd_open, getpid(), 0), ENOSYS), "no pidfd_open(2)");
        require(fails(open("/dev/shm", O_TMPFILE | O_RDWR, 0600), EISDIR), "no O_TMPFILE");
        struct flock lock {};
        require(fails(fcntl(STDOUT_FILENO, F_OFD_GETLK, &lock), EINVAL), "no F_OFD_GETLK");
        require(fcntl(STDOUT_FILENO, F_GETFL) >= 0, "other commands work");
        require(fails(madvise(nullptr, 0, MADV_WIPEONFORK), EINVAL), "no MADV_WIPEONFORK");
        require(madvise(nullptr, 0, MADV_NORMAL) == 0, "other advice works");
    };
    BOOST_TEST(on_older_kernel({"pidfd_open", "o_tmpfile", "ofd_locks", "wipe_on_fork"}, try_all) ==
               done);
}

BOOST_AUTO_TEST_CASE(every_object_works_without_statx) { expect_to_work_without({"statx"}); }
BOOST_AUTO_TEST_CASE(every_object_works_without_fsopen) { expect_to_work_without({"fsopen"}); }
BOOST_AUTO_TEST_CASE(every_object_works_without_pidfd_open) {
    expect_to_work_without({"pidfd_open"});
}
BOOST_AUTO_TEST_CASE(every_object_works_without_membarrier) {
    expect_to_work_without({"membarrier"});
}
BOOST_AUTO_TEST_CASE(every_object_works_without_futex_waitv) {
    expect_to_work_without({"futex_waitv"});
}
BOOST_AUTO_TEST_CASE(every_object_works_without_leases_on_files) {
    expect_to_work_without({"file_leases"});
}
BOOST_AUTO_TEST_CASE(every_object_works_without_memory_that_a_fork_wipes) {
    expect_to_work_without({"wipe_on_fork"});
}
BOOST_AUTO_TEST_CASE(every_object_works_without_any_of_these) {
    expect_to_work_without({"statx", "fsopen", "pidfd_open", "membarrier", "futex_waitv",
                            "file_leases", "wipe_on_fork"});
}

BOOST_AUTO_TEST_CASE(objects_that_need_files_without_a_name_say_so) {
    const std::string name = unique_name();
    const auto use = [&] {
        const auto refused = [&](const std::function<void()>& create) {
            expect_refusal(name, "O_TMPFILE", create);
        };
        refused([&] { crex::SharedMemory(name, crex::O_CREX, {.size = 64}); });
        refused([&] { crex::RobustSemaphore(name, crex::O_CREX); });
        refused([&] { crex::Ring(name, crex::O_CREX); });
        refused([&] { crex::MessageQueue(name, crex::O_CREX); });
        refused([&] { crex::MessageQueue(name, crex::O_CREX, {.backend = crex::Backend::boost}); });
        require(files_of(name) == 0, "nothing is left");
        crex::Semaphore{name, crex::O_CREX}.unlink();
    };
    BOOST_TEST(on_older_kernel({"o_tmpfile"}, use) == done);
}

BOOST_AUTO_TEST_CASE(robust_objects_say_that_they_need_locks_of_a_description) {
    const std::string name = unique_name();
    const std::string there = unique_name();
    crex::MessageQueue queue{there, crex::O_CREX};
    crex::RobustSemaphore permit{there, crex::O_CREX};
    crex::Ring ring{there, crex::O_CREX};
    const auto use = [&] {
        const auto refused = [&](const std::string& its, const std::function<void()>& open) {
            expect_refusal(its, "F_OFD_SETLK", open);
        };
        refused(name, [&] { crex::RobustSemaphore(name, crex::O_CREX); });
        refused(name, [&] { crex::Ring(name, crex::O_CREX); });
        refused(name, [&] { crex::MessageQueue(name, crex::O_CREX); });
        refused(there, [&] { crex::RobustSemaphore{there}; });
        refused(there, [&] { crex::Ring{there}; });
        refused(there, [&] { crex::MessageQueue{there}; });
        require(files_of(name) == 0, "nothing is left");
        use_the_others(name);
    };
    BOOST_TEST(on_older_kernel({"ofd_locks"}, use) == done);
    queue.unlink();
    permit.unlink();
    ring.unlink();
}

BOOST_AUTO_TEST_CASE(memory_that_cannot_be_moved_aside_is_not_removed) {
    const std::string name = unique_name();
    std::optional<crex::SharedMemory> memory{std::in_place, name, crex::O_CREX,
                                             crex::SharedMemoryOptions{.size = 64}};
    memory.reset();
    const auto use = [&] {
        for (const crex::Object& object : crex::list_objects().objects) {
            if (object.name == name && object.state == crex::ObjectState::stale) {
                expect_refusal(name, "renameat2(2)", [&] { (void)crex::remove_if_stale(object); });
            }
        }
        require(crex::SharedMemory{name}.size() == 64, "it is still there");
    };
    BOOST_TEST(on_older_kernel({"renameat2"}, use) == done);
    crex::unlink_shared_memory(name);
}

BOOST_AUTO_TEST_CASE(kernel_without_queues_is_reported) {
    const std::string name = unique_name();
    const auto use = [&] {
        const crex::MessageQueueOptions options{.max_messages = 2, .backend = crex::Backend::posix};
        const auto refused = [&](const std::function<void()>& call) {
            expect_refusal(name, "CONFIG_POSIX_MQUEUE", call);
        };
        refused([&] { crex::MessageQueue(name, crex::O_CREX, options); });
        refused([&] { crex::MessageQueue(name, 0, options); });
        refused([&] { crex::unlink_message_queue(name, crex::Backend::posix); });
        require(!RobustQueues::try_open(name), "another backend finds nothing");
    };
    BOOST_TEST(on_older_kernel({"posix_mqueue"}, use) == done);
}

BOOST_AUTO_TEST_CASE(kernel_without_system_v_objects_is_reported) {
    const auto use = [&] {
        const auto refused = [&](const std::function<void()>& call) {
            expect_refusal("key 0x", "CONFIG_SYSVIPC", call);
        };
        refused([] { crex::sysv::Semaphore(std::nullopt, crex::O_CREX); });
        refused([] {
            crex::sysv::SemaphoreSet(std::nullopt, crex::O_CREX, {.initial_values = {1, 2}});
        });
        refused([] { crex::sysv::SharedMemory(std::nullopt, crex::O_CREX, {.size = 64}); });
        refused([] { crex::sysv::MessageQueue(std::nullopt, crex::O_CREX); });
        refused([] { crex::sysv::Semaphore(1); });
        refused([] { crex::sysv::SharedMemory(1); });
        refused([] { crex::sysv::MessageQueue(1); });
    };
    BOOST_TEST(on_older_kernel({"system_v"}, use) == done);
}
