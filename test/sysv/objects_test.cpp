// SPDX-License-Identifier: BSL-1.0

// The contract of System V objects of every kind.

#include <concepts>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "helpers/outcome_of.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"
#include "support/sysv.hpp"

using namespace test;

namespace sysv = crex::sysv;

namespace {

constexpr int not_permitted = 77;

// Each kind behind one interface.
struct Semaphores {
    using Handle = sysv::Semaphore;
    static constexpr const char* type = "sysv::Semaphore";
    static sysv::SemaphoreOptions options(unsigned mode = 0600) { return {.mode = mode}; }
    static void use(Handle& handle) { (void)handle.value(); }
    static void remove(int id) { sysv::remove_semaphore(id); }
};

struct Sets {
    using Handle = sysv::SemaphoreSet;
    static constexpr const char* type = "sysv::SemaphoreSet";
    static sysv::SemaphoreSetOptions options(unsigned mode = 0600) {
        return {.mode = mode, .size = 3};
    }
    static void use(Handle& handle) { (void)handle.values(); }
    static void remove(int id) { sysv::remove_semaphore(id); }
};

struct Memories {
    using Handle = sysv::SharedMemory;
    static constexpr const char* type = "sysv::SharedMemory";
    static sysv::SharedMemoryOptions options(unsigned mode = 0600) {
        return {.mode = mode, .size = 100};
    }
    static void use(Handle& handle) { (void)handle.attach(); }
    static void remove(int id) { sysv::remove_shared_memory(id); }
};

struct Queues {
    using Handle = sysv::MessageQueue;
    static constexpr const char* type = "sysv::MessageQueue";
    static sysv::MessageQueueOptions options(unsigned mode = 0600) { return {.mode = mode}; }
    static void use(Handle& handle) { (void)handle.try_receive(); }
    static void remove(int id) { sysv::remove_message_queue(id); }
};

using Kinds = std::tuple<Semaphores, Sets, Memories, Queues>;

template <class Kind> typename Kind::Handle opened(sysv::Key key, int flags, unsigned mode = 0600) {
    typename Kind::Handle handle{key, flags, Kind::options(mode)};
    note(handle);
    return handle;
}

template <class Kind> bool exists(std::int32_t key) {
    return Kind::Handle::try_open(key).has_value();
}

// Runs `body` in a process of another user.
template <class Body> int as_nobody(Body body) {
    return in_child([&]() -> int {
        constexpr unsigned nobody = 65534;
        if (setgid(nobody) != 0 || setuid(nobody) != 0) {
            return usage;
        }
        body();
        return done;
    });
}

bool is_root() {
    if (geteuid() != 0) {
        skip("only root can become another user");
    }
    return geteuid() == 0;
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(handles_can_be_copied, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    static_assert(std::copyable<Handle>);
    OnlyHere<Handle> first{opened<Kind>(unique_key(), crex::O_CREX)};
    Handle second = *first;
    BOOST_TEST(second.id() == first->id());
    Kind::use(second);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(created_object_is_found_by_its_key_and_its_id, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    const auto key = unique_key();
    OnlyHere<Handle> created{opened<Kind>(key, crex::O_CREX)};
    BOOST_TEST(created->key() == key);
    for (const Handle& found : {Handle{key}, opened<Kind>(key, crex::o_creat),
                                Handle::from_id(created->id()), *Handle::try_open(key)}) {
        BOOST_TEST(found.id() == created->id());
        BOOST_TEST(found.key() == key);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(missing_or_taken_key_is_an_existential_error, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    const auto key = unique_key();
    expect_error<crex::ExistentialError>(ENOENT, [&] { Handle{key}; });
    BOOST_TEST(!Handle::try_open(key));
    OnlyHere<Handle> created{opened<Kind>(key, crex::O_CREX)};
    expect_error<crex::ExistentialError>(EEXIST, [&] { opened<Kind>(key, crex::O_CREX); });
    BOOST_TEST(!Handle::try_open(key, crex::O_CREX, Kind::options()));
    expect_error<crex::ExistentialError>(EIDRM, [] { (void)Handle::from_id(0x7ffffff0); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_outlives_handles_until_it_is_removed, Kind, Kinds) {
    const auto key = unique_key();
    { opened<Kind>(key, crex::O_CREX); }
    auto handle = opened<Kind>(key, 0);
    handle.remove();
    BOOST_TEST(!exists<Kind>(key));
    expect_error<crex::ExistentialError>(EIDRM, [&] { handle.remove(); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { Kind::use(handle); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)handle.mode(); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_can_be_removed_by_its_id, Kind, Kinds) {
    const auto key = unique_key();
    const auto handle = opened<Kind>(key, crex::O_CREX);
    Kind::remove(handle.id());
    BOOST_TEST(!exists<Kind>(key));
    expect_error<crex::ExistentialError>(EIDRM, [&] { Kind::remove(handle.id()); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(guard_removes_the_object_at_the_end_of_its_scope, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    const auto key = unique_key();
    {
        const sysv::RemoveOnDestroy guard{opened<Kind>(key, crex::O_CREX)};
        BOOST_TEST(exists<Kind>(key));
    }
    BOOST_TEST(!exists<Kind>(key));
    OnlyHere<Handle> second{opened<Kind>(key, crex::O_CREX)};
    {
        sysv::RemoveOnDestroy guard{*second};
        guard.release();
        sysv::RemoveOnDestroy{Handle{*second}}.release();
    }
    BOOST_TEST(exists<Kind>(key));
    const sysv::RemoveOnDestroy too_late{*second};
    second->remove();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_guard_removes_nothing_in_a_forked_child, Kind, Kinds) {
    const auto key = unique_key();
    {
        std::optional<sysv::RemoveOnDestroy<typename Kind::Handle>> guard;
        guard.emplace(opened<Kind>(key, crex::O_CREX));
        BOOST_TEST(in_child([&] {
                       guard.reset();
                       return done;
                   }) == done);
        BOOST_TEST(exists<Kind>(key));
    }
    BOOST_TEST(!exists<Kind>(key));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_without_a_given_key_gets_one_of_its_own, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    OnlyHere<Handle> first{opened<Kind>(std::nullopt, crex::O_CREX)};
    OnlyHere<Handle> second{opened<Kind>(std::nullopt, crex::O_CREX)};
    BOOST_TEST(first->key() > 0);
    BOOST_TEST(first->key() != second->key());
    BOOST_TEST(Handle{first->key()}.id() == first->id());
    expect_invalid([] { opened<Kind>(std::nullopt, 0); });
    expect_invalid([] { opened<Kind>(std::nullopt, crex::o_creat); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(private_object_is_always_new, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    OnlyHere<Handle> first{opened<Kind>(sysv::ipc_private, crex::o_creat)};
    OnlyHere<Handle> second{opened<Kind>(sysv::ipc_private, crex::O_CREX)};
    BOOST_TEST(first->id() != second->id());
    BOOST_TEST(first->key() == sysv::ipc_private);
    BOOST_TEST(Handle::from_id(first->id()).key() == sysv::ipc_private);
    expect_invalid([] { opened<Kind>(sysv::ipc_private, 0); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(flags_and_modes_that_cannot_be_are_invalid, Kind, Kinds) {
    const auto key = unique_key();
    expect_invalid([&] { opened<Kind>(key, crex::o_excl); });
    expect_invalid([&] { opened<Kind>(key, crex::O_CREX | 4); });
    expect_invalid([&] { opened<Kind>(key, crex::O_CREX, 01000); });
    BOOST_TEST(!exists<Kind>(key));
    const auto error = thrown_by<std::invalid_argument>([&] { opened<Kind>(key, IPC_CREAT); });
    BOOST_TEST(contains(error.what(), "crex::o_creat"), error.what());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_has_the_given_mode, Kind, Kinds) {
    for (const unsigned mode : {0600U, 0666U, 0777U, 0400U, 0U}) {
        const mode_t before = umask(077);
        OnlyHere<typename Kind::Handle> handle{
            typename Kind::Handle{unique_key(), crex::O_CREX, Kind::options(mode)}};
        umask(before);
        if (geteuid() == 0) { // otherwise reading might not be allowed
            BOOST_TEST(handle->mode() == mode);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(mode_and_owner_can_be_changed, Kind, Kinds) {
    OnlyHere<typename Kind::Handle> handle{opened<Kind>(unique_key(), crex::O_CREX)};
    handle->mode(0644);
    BOOST_TEST(handle->mode() == 0644U);
    expect_invalid([&] { handle->mode(01000); });
    handle->owner(geteuid(), getegid());
    const auto access = handle->access();
    BOOST_TEST(access.uid == geteuid());
    BOOST_TEST(access.gid == getegid());
    BOOST_TEST(access.creator_uid == geteuid());
    BOOST_TEST(access.creator_gid == getegid());
    BOOST_TEST(access.mode == 0644U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_owner_not_given_stays, Kind, Kinds) {
    OnlyHere<typename Kind::Handle> handle{opened<Kind>(unique_key(), crex::O_CREX)};
    handle->owner(~0U, ~0U);
    BOOST_TEST(handle->access().uid == geteuid());
    BOOST_TEST(handle->access().gid == getegid());
    if (is_root()) {
        handle->owner(~0U, 65534);
        BOOST_TEST(handle->access().uid == geteuid());
        BOOST_TEST(handle->access().gid == 65534U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_user_unknown_here_is_invalid_and_no_removed_object, Kind, Kinds) {
    const int outcome = in_child([]() -> int {
        if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
            return not_permitted;
        }
        auto handle = opened<Kind>(unique_key(), crex::O_CREX); // removed with the namespace
        return outcome_of([&] { return handle.owner(12345, ~0U), done; });
    });
    if (outcome == not_permitted) {
        skip("no user namespaces here");
    } else {
        BOOST_TEST(outcome == invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(object_of_another_user_is_a_permissions_error, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    if (!is_root()) {
        return;
    }
    const auto key = unique_key();
    OnlyHere<Handle> handle{opened<Kind>(key, crex::O_CREX)};
    BOOST_TEST(as_nobody([&] { Handle{key}; }) == permissions_error);
    BOOST_TEST(as_nobody([&] { Kind::use(*handle); }) == permissions_error);
    BOOST_TEST(as_nobody([&] { handle->remove(); }) == permissions_error);
    BOOST_TEST(as_nobody([&] { handle->mode(0666); }) == permissions_error);
    handle->mode(0666);
    BOOST_TEST(as_nobody([&] { Kind::use(*handle); }) == done);
    BOOST_TEST(as_nobody([&] { Handle{key}.remove(); }) == permissions_error);
    handle->owner(65534, 65534);
    BOOST_TEST(as_nobody([&] { Handle{key}.mode(0600); }) == done);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(errors_name_the_call_the_key_and_the_id, Kind, Kinds) {
    using Handle = typename Kind::Handle;
    const auto missing = thrown_by<crex::ExistentialError>([] { Handle{0x2a}; });
    BOOST_TEST(std::string{missing.what()} ==
               std::string{Kind::type} + "(key 0x0000002a): there is none with that key");
    auto handle = opened<Kind>(unique_key(), crex::O_CREX);
    handle.remove();
    const auto removed = thrown_by<crex::ExistentialError>([&] { handle.remove(); });
    char numbers[32];
    std::snprintf(numbers, sizeof numbers, "(key 0x%08x, id %d)",
                  static_cast<unsigned>(handle.key()), handle.id());
    BOOST_TEST(std::string{removed.what()} ==
               std::string{Kind::type} + "::remove" + numbers + ": it has been removed");
}

BOOST_AUTO_TEST_CASE(ftok_makes_the_c_librarys_keys) {
    const std::string path = "/proc/self/exe";
    BOOST_TEST(sysv::ftok(path, 1) == ::ftok(path.c_str(), 1));
    BOOST_TEST(sysv::ftok(path, 255) == ::ftok(path.c_str(), 255));
    BOOST_TEST(sysv::ftok(path, 1) != sysv::ftok(path, 2));
    expect_error<crex::ExistentialError>(ENOENT, [] { (void)sysv::ftok("/there/is/none", 1); });
    for (const int id : {0, 256, -1}) {
        expect_invalid([&] { (void)sysv::ftok(path, id); });
    }
}
