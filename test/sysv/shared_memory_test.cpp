// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <chrono>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "sysv/fixture.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

using crex::sysv::SharedMemory;

struct Memory {
    std::int32_t key = unique_key();
    SharedMemory memory{key, crex::O_CREX, {.size = 100}};
    crex::sysv::RemoveOnDestroy<SharedMemory> removed{memory};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(memory_is_as_large_as_asked_for_and_zero, Memory) {
    BOOST_TEST(memory.size() == 100U);
    const auto view = memory.attach();
    BOOST_TEST(view.size() == 100U);
    BOOST_TEST(std::count(view.bytes().begin(), view.bytes().end(), std::byte{0}) == 100);
}

BOOST_FIXTURE_TEST_CASE(all_attachments_show_the_same_memory, Memory) {
    auto here = memory.attach();
    const auto there = SharedMemory{key}.attach();
    here.bytes()[99] = std::byte{'x'};
    BOOST_TEST((there.bytes()[99] == std::byte{'x'}));
    BOOST_TEST(run_sysv_peer("write-byte", key, {"0", "7"}) == done);
    BOOST_TEST((there.bytes()[0] == std::byte{7}));
}

BOOST_FIXTURE_TEST_CASE(attachments_are_counted_until_they_end, Memory) {
    BOOST_TEST(memory.number_attached() == 0U);
    {
        const auto one = memory.attach();
        auto two = memory.attach();
        BOOST_TEST(memory.number_attached() == 2U);
        const auto moved = std::move(two);
        BOOST_TEST(memory.number_attached() == 2U);
    }
    BOOST_TEST(memory.number_attached() == 0U);
}

namespace {

// Reserved address space. It is free while it is not `held`.
class Place {
public:
    explicit Place(bool held) : held_{held} {
        if (!held_) {
            munmap(address_, size);
        }
    }
    ~Place() {
        if (held_) {
            munmap(address_, size);
        }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] std::byte* address() const { return static_cast<std::byte*>(address_); }
    void let_go() { held_ = false; }

private:
    static constexpr std::size_t size = 4096;
    void* address_ = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool held_;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(memory_is_attached_where_it_was_asked_for, Memory) {
    const Place place{false};
    auto view = memory.attach({.address = place.address()});
    BOOST_TEST(view.bytes().data() == place.address());
    view.bytes()[0] = std::byte{1};
    const auto there = memory.attach({.read_only = true});
    BOOST_TEST(there.bytes().data() != place.address());
    BOOST_TEST((there.bytes()[0] == std::byte{1}));
}

BOOST_FIXTURE_TEST_CASE(address_inside_a_page_is_invalid_unless_rounded_down, Memory) {
    Place place{true};
    void* const inside = place.address() + 1;
    expect_invalid([&] { (void)memory.attach({.address = inside, .replace = true}); });
    const auto view =
        memory.attach({.read_only = true, .address = inside, .round_down = true, .replace = true});
    place.let_go();
    BOOST_TEST(view.bytes().data() == place.address());
    BOOST_TEST(view.read_only());
}

BOOST_FIXTURE_TEST_CASE(address_in_use_is_invalid_unless_it_is_replaced, Memory) {
    Place place{true};
    expect_invalid([&] { (void)memory.attach({.address = place.address()}); });
    const auto view = memory.attach({.address = place.address(), .replace = true});
    place.let_go();
    BOOST_TEST(view.bytes().data() == place.address());
    expect_invalid([&] { (void)memory.attach({.replace = true}); });
    expect_invalid([&] { (void)memory.attach({.round_down = true}); });
}

BOOST_FIXTURE_TEST_CASE(a_killed_process_is_no_longer_attached, Memory) {
    auto peer = start_sysv_peer("attach-and-pause", key);
    BOOST_TEST(peer.read_line() == "ready");
    BOOST_TEST(memory.number_attached() == 1U);
    BOOST_TEST(memory.info().last_pid == peer.pid());
    peer.kill();
    BOOST_TEST(eventually([&] { return memory.number_attached() == 0; }));
}

BOOST_FIXTURE_TEST_CASE(a_forked_child_has_an_attachment_of_its_own, Memory) {
    auto view = memory.attach();
    BOOST_TEST(in_child([&] {
                   view.bytes()[0] = std::byte{9};
                   return memory.number_attached() == 2 ? done : no;
               }) == done);
    BOOST_TEST((view.bytes()[0] == std::byte{9}));
    BOOST_TEST(eventually([&] { return memory.number_attached() == 1; }));
}

BOOST_FIXTURE_TEST_CASE(read_only_attachment_cannot_be_written, Memory) {
    const auto expect_read_only = [](crex::sysv::Attachment view) {
        BOOST_TEST(view.read_only());
        expect_error<crex::PermissionsError>(EACCES, [&] { (void)view.bytes(); });
        BOOST_TEST((std::as_const(view).bytes()[0] == std::byte{0}));
    };
    expect_read_only(memory.attach({.read_only = true}));
    expect_read_only(SharedMemory{key, 0, {.read_only = true}}.attach());
    expect_read_only(SharedMemory::from_id(memory.id(), true).attach());
}

BOOST_AUTO_TEST_CASE(a_mode_without_writing_lets_others_read_only) {
    if (geteuid() != 0) {
        skip("only root can become another user");
        return;
    }
    const auto key = unique_key();
    OnlyHere<SharedMemory> memory{SharedMemory{key, crex::O_CREX, {.mode = 0644, .size = 1}}};
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE(setuid(65534) == 0);
                   const auto view = SharedMemory{key, 0, {.read_only = true}}.attach();
                   return view.size() == 1 ? done : no;
               }) == done);
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE(setuid(65534) == 0);
                   SharedMemory{key};
                   return done;
               }) == permissions_error);
    BOOST_TEST(in_child([&]() -> int {
                   BOOST_TEST_REQUIRE(setuid(65534) == 0);
                   (void)memory->attach();
                   return done;
               }) == permissions_error);
}

BOOST_AUTO_TEST_CASE(sizes_that_cannot_be_are_errors_and_create_nothing) {
    const auto key = unique_key();
    expect_invalid([&] { SharedMemory(key, crex::O_CREX); });
    expect_invalid([&] { SharedMemory(key, crex::o_creat); });
    expect_error<crex::Error>(
        ENOMEM, [&] { SharedMemory(key, crex::O_CREX, {.size = std::size_t{1} << 62}); });
    const auto error = thrown_by<std::invalid_argument>(
        [&] { SharedMemory(key, crex::O_CREX, {.size = ~std::size_t{0}}); });
    BOOST_TEST(contains(error.what(), "/proc/sys/kernel/shmmax"), error.what());
    BOOST_TEST(!SharedMemory::try_open(key));
}

BOOST_FIXTURE_TEST_CASE(existing_memory_must_be_at_least_as_large_as_asked_for, Memory) {
    BOOST_TEST((SharedMemory{key, 0, {.size = 100}}.size() == 100U));
    BOOST_TEST((SharedMemory{key, crex::o_creat, {.size = 50}}.size() == 100U));
    expect_invalid([&] { SharedMemory(key, 0, {.size = 101}); });
}

BOOST_FIXTURE_TEST_CASE(memory_tells_its_creator_and_when_it_was_used, Memory) {
    auto info = memory.info();
    BOOST_TEST(info.creator_pid == getpid());
    BOOST_TEST(info.last_pid == 0);
    BOOST_TEST(!info.last_attach_time);
    BOOST_TEST(!info.last_detach_time);
    BOOST_TEST(info.last_change_time.has_value());
    { const auto view = memory.attach(); }
    info = memory.info();
    BOOST_TEST(info.last_pid == getpid());
    BOOST_TEST(info.last_attach_time.has_value());
    BOOST_TEST(info.last_detach_time.has_value());
}

BOOST_FIXTURE_TEST_CASE(attachments_outlive_removal, Memory) {
    auto view = memory.attach();
    memory.remove();
    BOOST_TEST(!SharedMemory::try_open(key));
    BOOST_TEST(memory.info().removed);
    view.bytes()[0] = std::byte{1};
    const SharedMemory next{key, crex::O_CREX, {.size = 1}};
    const crex::sysv::RemoveOnDestroy guard{next};
    BOOST_TEST(next.id() != memory.id());
    { const auto ended = std::move(view); }
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)memory.info(); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)memory.attach(); });
}

BOOST_AUTO_TEST_CASE(huge_pages_are_used_or_reported_as_missing) {
    const auto key = unique_key();
    const crex::sysv::SharedMemoryOptions options{.size = 2U << 20, .huge_pages = true};
    try {
        OnlyHere<SharedMemory> memory{SharedMemory{key, crex::O_CREX, options}};
        auto view = memory->attach();
        view.bytes()[0] = std::byte{1};
        BOOST_TEST(view.size() == options.size);
    } catch (const crex::Error& error) {
        const bool says =
            contains(error.what(), "nr_hugepages") || contains(error.what(), "hugetlb_shm_group");
        BOOST_TEST(says, error.what());
        BOOST_TEST(!SharedMemory::try_open(key));
    }
}

BOOST_AUTO_TEST_CASE(memory_without_reserved_swap_may_be_larger_than_the_machines) {
    std::ifstream setting{"/proc/sys/vm/overcommit_memory"};
    if (setting.get() == '2') {
        skip("this system reserves all memory");
        return;
    }
    const auto size = std::size_t{1} << 50;
    const crex::sysv::SharedMemoryOptions options{.size = size, .no_reserve = true};
    OnlyHere<SharedMemory> memory{SharedMemory{unique_key(), crex::O_CREX, options}};
    BOOST_TEST(memory->size() == size);
}
