// SPDX-License-Identifier: BSL-1.0

// The file of a boost queue: files that are none are refused, and a half-made one is never seen.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    std::string name = unique_name();
    std::string path = BoostQueues::path(name);
    Removed<BoostQueues> removed{name};

    void write_file(const std::string& bytes) const {
        std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
    }

    // Overwrites bytes of the queue's file.
    void patch(std::streamoff offset, const std::string& bytes) const {
        std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
        file.seekp(offset);
        file << bytes;
    }

    crex::MessageQueue create() const {
        return {crex::MessageQueue{
            name,
            crex::O_CREX,
            {.max_messages = 4, .max_message_size = 64, .backend = crex::Backend::boost}}};
    }

    void expect_not_opened() const {
        expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { BoostQueues::open(name); });
        expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                         [&] { BoostQueues::open(name, crex::o_creat); });
        BOOST_TEST(std::filesystem::exists(path), "a failed open must not unlink");
    }
};

// The offset of this field in Boost 1.74 to 1.83 on 64-bit machines.
constexpr std::streamoff offset_of_max_messages = 16 + 8;
constexpr std::streamoff offset_of_message_count = 16 + 24;
constexpr std::streamoff offset_of_mutex = 16 + 32;

std::string word(std::uint64_t value) { return {reinterpret_cast<const char*>(&value), 8}; }

} // namespace

BOOST_FIXTURE_TEST_CASE(an_empty_file_is_an_error_in_bounded_time, Fixture) {
    write_file("");
    expect_not_opened();
}

BOOST_FIXTURE_TEST_CASE(a_half_made_queue_is_an_error_in_bounded_time, Fixture) {
    for (const char progress : {'\0', '\1'}) {
        write_file(progress + std::string(4095, '\0'));
        expect_not_opened();
    }
}

BOOST_FIXTURE_TEST_CASE(a_queue_whose_creator_gave_up_is_an_error, Fixture) {
    write_file("\1"); // Boost truncates the file to one byte at that moment
    expect_not_opened();
}

BOOST_FIXTURE_TEST_CASE(a_foreign_file_is_an_error, Fixture) {
    write_file(std::string(4096, 'x'));
    expect_not_opened();
    write_file("\2" + std::string(4095, '\0')); // "initialized", and then nothing that makes sense
    expect_not_opened();
}

BOOST_FIXTURE_TEST_CASE(a_fifo_or_folder_in_its_place_is_an_error, Fixture) {
    BOOST_TEST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    expect_not_opened();
    std::filesystem::remove(path);
    BOOST_TEST_REQUIRE(mkdir(path.c_str(), 0700) == 0);
    expect_not_opened();
    std::filesystem::remove(path);
}

BOOST_FIXTURE_TEST_CASE(a_queue_of_the_wrong_length_is_an_error, Fixture) {
    create();
    std::filesystem::resize_file(path, std::filesystem::file_size(path) + 8);
    expect_not_opened();
    std::filesystem::resize_file(path, 100);
    expect_not_opened();
}

BOOST_FIXTURE_TEST_CASE(a_queue_that_claims_other_sizes_is_an_error, Fixture) {
    create();
    for (const std::uint64_t claim : {std::uint64_t{0}, std::uint64_t{5}, ~std::uint64_t{0}}) {
        patch(offset_of_max_messages, word(claim));
        expect_not_opened();
    }
}

BOOST_FIXTURE_TEST_CASE(a_count_that_cannot_be_is_an_error_and_not_a_crash, Fixture) {
    auto queue = create();
    patch(offset_of_message_count, word(~std::uint64_t{0}));
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)queue.receive(); });
    patch(offset_of_message_count, word(0));
    queue.send("fine again");
    BOOST_TEST(queue.receive().body == "fine again");
}

// A peer that is killed between taking the lock and writing its thread ID leaves no ID.
BOOST_FIXTURE_TEST_CASE(lock_without_a_thread_id_is_lost_after_a_while, Fixture) {
    auto queue = create();
    patch(offset_of_mutex, word(1));
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)queue.try_send("x"); });
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)queue.try_receive(); });
    patch(offset_of_mutex, word(0));
    queue.send("fine again");
}

BOOST_FIXTURE_TEST_CASE(opener_waits_for_a_queue_that_another_thread_is_making, Fixture) {
    create();
    patch(0, std::string(1, '\1')); // back to "being initialized"
    const std::jthread creator{[&] {
        wait_until_asleep(getpid());
        patch(0, "\2");
    }};
    BOOST_TEST(BoostQueues::try_open(name).has_value());
}

BOOST_FIXTURE_TEST_CASE(opener_never_sees_a_half_made_queue, Fixture) {
    auto creator = start_peer({"create-for-ever", "boost", name});
    BOOST_TEST(creator.read_line() == "ready");
    int tries = 0;
    int opened = 0;
    (void)eventually([&] { // on a busy machine the creator may be slow
        for (const int end = tries + 1'000; tries < end; ++tries) {
            opened += BoostQueues::try_open(name) ? 1 : 0; // other results throw
        }
        return tries >= 20'000 && opened > 0;
    });
    creator.kill();
    BOOST_TEST(opened > 0);
}

BOOST_FIXTURE_TEST_CASE(a_creator_killed_at_any_moment_leaves_a_whole_queue_or_none, Fixture) {
    for (int kills = 0; kills < 100; ++kills) {
        auto creator = start_peer({"create-for-ever", "boost", name});
        BOOST_TEST(creator.read_line() == "ready");
        std::this_thread::sleep_for(std::chrono::microseconds{kills * 41 % 1'000});
        creator.kill();
        if (auto queue = BoostQueues::try_open(name)) {
            queue->send("whole");
            queue->unlink();
        }
    }
}
