// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/ordinary_user.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

static_assert(std::movable<crex::SharedMemory> && !std::copyable<crex::SharedMemory>);
static_assert(std::movable<crex::Mapping> && !std::copyable<crex::Mapping>);

constexpr std::byte mark{42};

struct Fixture {
    std::string name = unique_name();
    Removed<SharedMemories> removed{name};
    crex::SharedMemory memory{name, crex::O_CREX, {.size = 10'000}};
};

bool all_zero(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{}; });
}

} // namespace

BOOST_FIXTURE_TEST_CASE(memory_has_the_size_it_was_created_with_and_begins_as_zeros, Fixture) {
    BOOST_TEST(memory.size() == 10'000U);
    const auto view = memory.map();
    BOOST_TEST(view.size() == 10'000U);
    BOOST_TEST(all_zero(view.bytes()));
}

BOOST_FIXTURE_TEST_CASE(byte_written_by_one_process_is_read_by_another, Fixture) {
    auto view = memory.map();
    view.bytes()[9'999] = mark;
    BOOST_TEST(run_peer({"check-byte", name, "9999", "42"}) == done);
    BOOST_TEST(run_peer({"write-byte", name, "0", "42"}) == done);
    BOOST_TEST((view.bytes()[0] == mark));
}

BOOST_FIXTURE_TEST_CASE(a_mapping_outlives_descriptor_handle_and_name, Fixture) {
    auto other = memory.map();
    auto view = memory.map();
    memory.close_fd();
    BOOST_TEST(memory.fd() == -1);
    memory.unlink();
    { const crex::SharedMemory gone = std::move(memory); }
    view.bytes()[5] = mark;
    BOOST_TEST((other.bytes()[5] == mark));
}

// Like posix_ipc's os.close(memory.fd): the number may be another file's when the handle is
// destroyed.
BOOST_FIXTURE_TEST_CASE(released_descriptor_is_the_callers_to_close, Fixture) {
    int other = -1;
    {
        crex::SharedMemory given_away{name};
        auto view = given_away.map();
        const int fd = given_away.release_fd();
        BOOST_TEST(fd >= 0);
        BOOST_TEST(given_away.fd() == -1);
        BOOST_TEST(given_away.release_fd() == -1);
        expect_error<crex::ExistentialError>(EBADF, [&] { (void)given_away.size(); });
        BOOST_TEST(::close(fd) == 0);
        other = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        BOOST_TEST(other == fd);
        view.bytes()[0] = std::byte{1};
        given_away.close_fd();
    }
    BOOST_TEST(::fcntl(other, F_GETFD) != -1);
    BOOST_TEST(::close(other) == 0);
}

// A file that gets the number of a descriptor closed without the handle's knowledge stays open.
BOOST_FIXTURE_TEST_CASE(handle_closes_no_descriptor_but_its_own, Fixture) {
    int other = -1;
    {
        const crex::SharedMemory closed{name};
        const int fd = closed.fd();
        BOOST_TEST(::close(fd) == 0);
        other = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        BOOST_TEST(other == fd);
    }
    BOOST_TEST(::fcntl(other, F_GETFD) != -1);
    BOOST_TEST(::close(other) == 0);
}

BOOST_FIXTURE_TEST_CASE(spans_stay_valid_when_their_mapping_moves, Fixture) {
    auto view = memory.map();
    const auto bytes = view.bytes();
    auto moved = std::move(view);
    bytes[0] = mark;
    BOOST_TEST((moved.bytes()[0] == mark));
    BOOST_TEST(view.size() == 0U); // NOLINT(bugprone-use-after-move): that is what is tested
    BOOST_TEST(view.bytes().empty());
    auto& same = moved;
    moved = std::move(same);
    BOOST_TEST((moved.bytes()[0] == mark));
    moved = memory.map({.offset = 1, .length = 1});
    BOOST_TEST(moved.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(any_part_can_be_mapped_and_nothing_outside, Fixture) {
    auto whole = memory.map();
    whole.bytes()[5'001] = mark;
    const auto part = memory.map({.offset = 5'000, .length = 2});
    BOOST_TEST(part.size() == 2U);
    BOOST_TEST((part.bytes()[1] == mark));
    BOOST_TEST(memory.map({.offset = 9'999}).size() == 1U);
    expect_invalid([&] { (void)memory.map({.offset = 10'000}); });
    expect_invalid([&] { (void)memory.map({.offset = 9'999, .length = 2}); });
    expect_invalid([&] { (void)memory.map({.length = 10'001}); });
    const auto huge = std::numeric_limits<std::size_t>::max();
    expect_invalid([&] { (void)memory.map({.offset = huge}); });
    expect_invalid([&] { (void)memory.map({.offset = 1, .length = huge}); });
}

BOOST_FIXTURE_TEST_CASE(a_populated_mapping_reads_the_same, Fixture) {
    memory.map().bytes()[0] = mark;
    auto view = memory.map({.populate = true});
    BOOST_TEST((view.bytes()[0] == mark));
}

BOOST_FIXTURE_TEST_CASE(read_only_handle_allows_no_writing, Fixture) {
    const crex::SharedMemory reader{name, 0, {.read_only = true}};
    auto view = reader.map();
    BOOST_TEST(view.read_only());
    expect_error<crex::PermissionsError>(EACCES, [&] { (void)view.bytes(); });
    BOOST_TEST(std::as_const(view).bytes().size() == 10'000U);
    expect_invalid([&] { crex::SharedMemory(name, 0, {.size = 1, .read_only = true}); });
    expect_invalid([&] { crex::SharedMemory(name, crex::o_trunc, {.read_only = true}); });
    BOOST_TEST(memory.size() == 10'000U);
    auto writer_mapped_read_only = memory.map({.read_only = true});
    BOOST_TEST(writer_mapped_read_only.read_only());
}

BOOST_AUTO_TEST_CASE(a_new_object_can_be_created_read_only_with_its_size) {
    const std::string name = unique_name();
    const Removed<SharedMemories> removed{name};
    const crex::SharedMemory reader{name, crex::O_CREX, {.size = 100, .read_only = true}};
    BOOST_TEST(reader.size() == 100U);
    BOOST_TEST(crex::SharedMemory{name}.size() == 100U);
}

BOOST_AUTO_TEST_CASE(an_ordinary_user_can_create_an_object_read_only_with_any_mode) {
    for (const unsigned mode : {0U, 0200U, 0400U}) {
        const std::string name = unique_name();
        const Removed<SharedMemories> removed{name};
        const int outcome = in_child([&] {
            if (!become_ordinary_user()) {
                return usage;
            }
            const crex::SharedMemory reader{
                name, crex::O_CREX, {.mode = mode, .size = 100, .read_only = true}};
            return reader.map().size() == 100 ? done : no;
        });
        if (outcome == usage) {
            skip("this process cannot become an ordinary user's");
            return;
        }
        BOOST_TEST(outcome == done, "mode " << mode);
    }
}

BOOST_FIXTURE_TEST_CASE(a_size_resizes_an_existing_object_and_keeps_its_bytes, Fixture) {
    memory.map().bytes()[0] = mark;
    const crex::SharedMemory longer{name, 0, {.size = 20'000}};
    BOOST_TEST(memory.size() == 20'000U);
    auto view = memory.map();
    BOOST_TEST((view.bytes()[0] == mark));
    BOOST_TEST(all_zero(view.bytes().subspan(1)));
    const crex::SharedMemory shorter{name, crex::o_creat, {.size = 50}};
    BOOST_TEST(memory.size() == 50U);
}

BOOST_FIXTURE_TEST_CASE(without_a_size_an_existing_object_keeps_its_own, Fixture) {
    BOOST_TEST(crex::SharedMemory{name}.size() == 10'000U);
    BOOST_TEST(crex::SharedMemory(name, crex::o_creat).size() == 10'000U);
}

BOOST_FIXTURE_TEST_CASE(o_trunc_forgets_the_content, Fixture) {
    memory.map().bytes()[0] = mark;
    const crex::SharedMemory truncated{name, crex::o_trunc, {.size = 100}};
    BOOST_TEST(truncated.size() == 100U);
    BOOST_TEST(all_zero(std::as_const(truncated).map().bytes()));
    const crex::SharedMemory emptied{name, crex::o_trunc};
    BOOST_TEST(emptied.size() == 0U);
}

BOOST_AUTO_TEST_CASE(an_object_created_without_a_size_is_empty_and_cannot_be_mapped) {
    const std::string name = unique_name();
    const Removed<SharedMemories> removed{name};
    const crex::SharedMemory memory{name, crex::O_CREX};
    BOOST_TEST(memory.size() == 0U);
    expect_invalid([&] { (void)memory.map(); });
}

BOOST_AUTO_TEST_CASE(an_impossible_size_is_invalid_and_creates_nothing) {
    const std::string name = unique_name();
    for (const std::size_t size : {std::numeric_limits<std::size_t>::max(),
                                   static_cast<std::size_t>(-1), std::size_t{1} << 63}) {
        expect_invalid([&] { crex::SharedMemory(name, crex::O_CREX, {.size = size}); });
    }
    BOOST_TEST(!crex::SharedMemory::try_open(name));
}

BOOST_AUTO_TEST_CASE(size_beyond_the_file_system_is_an_error_and_creates_nothing) {
    const std::string name = unique_name();
    const std::size_t too_much = std::filesystem::space("/dev/shm").capacity + (1U << 20);
    const auto error =
        thrown_by<crex::Error>([&] { crex::SharedMemory(name, crex::O_CREX, {.size = too_much}); });
    BOOST_TEST(error.code().value() == ENOSPC);
    BOOST_TEST(contains(error.what(), "no room"));
    BOOST_TEST(!crex::SharedMemory::try_open(name));
}

BOOST_FIXTURE_TEST_CASE(growing_beyond_the_file_system_leaves_the_object_as_it_was, Fixture) {
    const std::size_t too_much = std::filesystem::space("/dev/shm").capacity + (1U << 20);
    expect_error<crex::Error>(ENOSPC, [&] { crex::SharedMemory(name, 0, {.size = too_much}); });
    BOOST_TEST(memory.size() == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_sparse_object_may_promise_more_than_there_is) {
    const std::string name = unique_name();
    const Removed<SharedMemories> removed{name};
    const std::size_t huge = std::size_t{1} << 40;
    const crex::SharedMemory memory{name, crex::O_CREX, {.size = huge, .sparse = true}};
    BOOST_TEST(memory.size() == huge);
    auto view = memory.map({.offset = huge - 1});
    view.bytes()[0] = mark;
    BOOST_TEST((view.bytes()[0] == mark));
}

BOOST_AUTO_TEST_CASE(opening_with_a_size_reserves_the_memory_of_a_sparse_object) {
    const std::string name = unique_name();
    const Removed<SharedMemories> removed{name};
    const std::size_t size = 1U << 20;
    const crex::SharedMemory promised{name, crex::O_CREX, {.size = size, .sparse = true}};
    struct stat status {};
    fstat(promised.fd(), &status);
    BOOST_TEST(status.st_blocks == 0);
    const crex::SharedMemory reserved{name, 0, {.size = size}};
    fstat(reserved.fd(), &status);
    BOOST_TEST(status.st_blocks * 512 >= static_cast<long>(size));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_is_no_memory) {
    const std::string name = unique_name();
    std::filesystem::create_symlink("/etc/passwd", SharedMemories::path(name));
    const Removed<SharedMemories> removed{name};
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { crex::SharedMemory{name}; });
    expect_error<crex::ExistentialError>(
        EEXIST, [&] { crex::SharedMemory(name, crex::O_CREX, {.size = 1}); });
    BOOST_TEST(!crex::inspect_shared_memory(name));
}

BOOST_FIXTURE_TEST_CASE(the_descriptor_serves_the_system_s_own_calls, Fixture) {
    struct stat status {};
    BOOST_TEST(fstat(memory.fd(), &status) == 0);
    BOOST_TEST(status.st_size == 10'000);
    memory.map().bytes()[3] = mark;
    char byte = 0;
    BOOST_TEST(pread(memory.fd(), &byte, 1, 3) == 1);
    BOOST_TEST(byte == 42);
    BOOST_TEST((fcntl(memory.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_FIXTURE_TEST_CASE(descriptor_zero_works_like_any_other, Fixture) {
    BOOST_TEST(run_peer({"use-descriptor-zero", name}) == done);
}

BOOST_FIXTURE_TEST_CASE(users_are_the_processes_that_map_the_memory, Fixture) {
    const auto id = crex::inspect_shared_memory(name)->id;
    auto peer = start_peer({"map-and-pause", name});
    BOOST_TEST(peer.read_line() == "ready");
    const auto with = crex::users_of(id).pids;
    BOOST_TEST(std::ranges::count(with, getpid()) == 1);
    BOOST_TEST(std::ranges::count(with, peer.pid()) == 1);
    memory.unlink();
    peer.kill();
    const auto without = crex::users_of(id).pids;
    BOOST_TEST(std::ranges::count(without, getpid()) == 1);
    BOOST_TEST(without.size() == 1U);
}

BOOST_AUTO_TEST_CASE(file_that_is_no_memory_is_a_corrupt_error_without_a_wait) {
    const std::string name = unique_name();
    const Removed<SharedMemories> removed{name};
    BOOST_TEST_REQUIRE(mkfifo(SharedMemories::path(name).c_str(), 0600) == 0);
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { crex::SharedMemory{name}; });
    expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                     [&] { crex::SharedMemory(name, 0, {.read_only = true}); });
}
