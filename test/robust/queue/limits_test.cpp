// SPDX-License-Identifier: BSL-1.0

// The largest size of a robust queue, and the largest number of its users.

#include <chrono>
#include <deque>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "robust/queue/fixture.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mebi = std::size_t{1} << 20;
constexpr std::size_t most_messages = crex::robust_queue_messages_max;
constexpr std::size_t most_bytes = crex::robust_queue_message_size_max;

crex::MessageQueueOptions sparse(std::size_t max_messages, std::size_t max_message_size) {
    auto options = robust(max_messages, max_message_size);
    options.sparse = true;
    return options;
}

// The disk space that the file occupies.
std::size_t bytes_on_disk(const std::string& name) {
    struct stat status {};
    BOOST_TEST_REQUIRE(stat(RobustQueues::path(name).c_str(), &status) == 0);
    return static_cast<std::size_t>(status.st_blocks) * 512;
}

// Raises the limit, so that descriptors do not run out before handles.
void allow_many_files() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

BOOST_AUTO_TEST_CASE(sizes_beyond_the_limits_are_invalid_and_create_nothing) {
    const std::string name = unique_name();
    for (const auto& options :
         {sparse(most_messages + 1, 1), sparse(1, most_bytes + 1), sparse(most_messages, mebi),
          sparse(mebi + 1, mebi), robust(1024 * 1024, 2 * 1024), robust(1, most_bytes + 1)}) {
        BOOST_TEST_CONTEXT(options.max_messages << " x " << options.max_message_size) {
            expect_invalid([&] { crex::MessageQueue(name, crex::O_CREX, options); });
            expect_invalid(
                [&] { (void)crex::MessageQueue::try_open(name, crex::o_creat, options); });
        }
    }
    BOOST_TEST(!RobustQueues::inspect(name));
}

BOOST_AUTO_TEST_CASE(above_1_gib_a_queue_must_be_sparse_and_the_error_says_so) {
    const std::string name = unique_name();
    const auto error = thrown_by<std::invalid_argument>(
        [&] { crex::MessageQueue(name, crex::O_CREX, robust(1024, 2 * mebi)); });
    BOOST_TEST(contains(error.what(), "sparse"), error.what());
    BOOST_TEST(!RobustQueues::inspect(name));
}

BOOST_AUTO_TEST_CASE(an_ordinary_queue_s_memory_is_reserved_and_a_sparse_one_s_is_not) {
    const RobustFixture reserved{robust(16, mebi)};
    BOOST_TEST(bytes_on_disk(reserved.name) >= 16 * mebi);
    const RobustFixture promised{sparse(16, mebi)};
    BOOST_TEST(bytes_on_disk(promised.name) < 4 * mebi);
}

BOOST_AUTO_TEST_CASE(a_sparse_queue_may_have_the_most_messages) {
    RobustFixture f{sparse(most_messages, 64)};
    BOOST_TEST(f.queue.max_messages() == most_messages);
    constexpr unsigned count = 10'000;
    for (unsigned i = 0; i < count; ++i) {
        f.queue.send(std::to_string(i), {}, i % 3);
    }
    auto other = f.another_handle();
    for (unsigned priority = 3; priority-- > 0;) {
        for (unsigned i = priority; i < count; i += 3) {
            expect_next(other, std::to_string(i), priority);
        }
    }
    BOOST_TEST(!other.try_receive());
}

BOOST_AUTO_TEST_CASE(a_sparse_queue_may_have_the_longest_messages) {
    RobustFixture f{sparse(1024, most_bytes)}; // 1 TiB, the maximum
    BOOST_TEST(f.queue.max_message_size() == most_bytes);
    auto loan = f.queue.loan(most_bytes);
    loan.bytes().front() = std::byte{1};
    loan.bytes().back() = std::byte{2};
    loan.send();
    expect_invalid([&] { (void)f.queue.loan(most_bytes + 1); });
    auto other = f.another_handle();
    auto lease = other.lease();
    BOOST_TEST(lease.bytes().size() == most_bytes);
    BOOST_TEST((lease.bytes().front() == std::byte{1}));
    BOOST_TEST((lease.bytes().back() == std::byte{2}));
    lease.ack();
    BOOST_TEST(bytes_on_disk(f.name) < 64 * mebi);
}

// Recovery must not allocate the memory of a sparse queue.
BOOST_AUTO_TEST_CASE(a_sparse_queue_stays_small_when_a_consumer_is_killed) {
    RobustFixture f{sparse(mebi, 64)};
    f.queue.send("work");
    f.start_robust_until("work 0 0", "hold-lease").kill();
    BOOST_TEST(f.queue.receive(20s).body == "work");
    BOOST_TEST(bytes_on_disk(f.name) < 16 * mebi);
}

BOOST_AUTO_TEST_CASE(a_queue_of_one_message_of_one_byte_works) {
    RobustFixture f{robust(1, 1)};
    for (unsigned i = 0; i < 100; ++i) {
        f.queue.send("x", {}, i % 3);
        BOOST_TEST(!f.queue.try_send("y"));
        expect_next(f.queue, "x", i % 3);
    }
}

BOOST_AUTO_TEST_CASE(odd_sizes_work) {
    for (const std::size_t messages : {1U, 2U, 3U, 63U, 64U, 65U}) {
        for (const std::size_t size : {1U, 7U, 8U, 9U, 63U, 64U, 65U, 4095U, 4097U}) {
            RobustFixture f{robust(messages, size)};
            std::size_t sent = 0;
            while (f.queue.try_send(std::string(size, static_cast<char>('a' + sent % 26)),
                                    static_cast<unsigned>(sent % 2))) {
                ++sent;
            }
            BOOST_TEST(sent == messages);
            std::size_t received = 0;
            for (const std::size_t odd : {1U, 0U}) {
                for (std::size_t i = odd; i < messages; i += 2, ++received) {
                    expect_next(f.queue, std::string(size, static_cast<char>('a' + i % 26)),
                                static_cast<unsigned>(odd));
                }
            }
            BOOST_TEST(received == messages);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(no_more_than_512_handles_can_be_open_at_once, RobustFixture) {
    allow_many_files();
    std::vector<crex::MessageQueue> handles;
    while (handles.size() + 1 < crex::robust_handles_default) {
        handles.push_back(another_handle());
    }
    const auto error = thrown_by<crex::Error>([&] { (void)another_handle(); });
    BOOST_TEST(contains(error.what(), "512"), error.what());
    BOOST_TEST(error.code().value() != EMFILE); // that would be another limit
    BOOST_TEST(start_robust("hold-handles").wait() == other_error);
    queue.send("those who are in go on");
    expect_next(handles.back(), "those who are in go on");
    handles.pop_back();
    handles.push_back(another_handle());
    handles.back().send("and so does the next who fits in");
    expect_next(queue, "and so does the next who fits in");
}

BOOST_FIXTURE_TEST_CASE(entries_of_the_dead_make_room_for_the_living, RobustFixture) {
    allow_many_files();
    queue.send("kept");
    for (int i = 0; i < 3; ++i) {
        start_robust_until("ready", "hold-handles", {"511"}).kill();
    }
    std::vector<crex::MessageQueue> handles;
    while (handles.size() < 511) {
        handles.push_back(another_handle()); // Error would end the test
    }
    expect_next(handles.back(), "kept");
}

BOOST_FIXTURE_TEST_CASE(a_forked_child_that_finds_no_entry_gets_an_error, RobustFixture) {
    allow_many_files();
    std::vector<crex::MessageQueue> handles;
    while (handles.size() + 1 < crex::robust_handles_default) {
        handles.push_back(another_handle());
    }
    BOOST_TEST(in_child([&] { return queue.send("x"), done; }) == other_error);
    handles.pop_back();
    BOOST_TEST(in_child([&] { return queue.send("there is one now"), done; }) == done);
    expect_next(queue, "there is one now");
}

namespace {

struct LargeTable : RobustFixture {
    static crex::MessageQueueOptions options(std::size_t max_handles) {
        auto options = robust(4, 64);
        options.max_handles = max_handles;
        return options;
    }
    LargeTable() : RobustFixture{options(600)} { allow_many_files(); }
};

// Opens the queue, takes a loan or a lease, and closes it or is killed, again and again.
int come_and_go(const std::string& name) {
    for (;;) {
        try {
            auto queue = RobustQueues::open(name);
            const auto lease = queue.try_lease();
            const auto loan = queue.try_loan(1);
        } catch (const crex::Error& error) {
            if (error.code().value() == EUSERS) {
                return no;
            }
        }
    }
}

} // namespace

BOOST_FIXTURE_TEST_CASE(queue_made_for_more_handles_takes_so_many_and_no_more, LargeTable) {
    std::vector<crex::MessageQueue> handles;
    while (handles.size() + 1 < 600) {
        handles.push_back(another_handle());
    }
    const auto error = thrown_by<crex::Error>([&] { (void)another_handle(); });
    BOOST_TEST(error.code().value() == EUSERS);
    BOOST_TEST(contains(error.what(), "600"), error.what());
    handles.back().send("from behind the first 512");
    expect_next(queue, "from behind the first 512");
    BOOST_TEST(queue.stats().participants == 600U);
}

// Like a server that forks its workers: each of them has inherited one handle.
BOOST_FIXTURE_TEST_CASE(queue_made_for_600_handles_serves_560_forked_workers, LargeTable) {
    constexpr int workers = 560;
    int answers[2];
    int to_live[2];
    BOOST_REQUIRE(pipe(answers) == 0 && pipe(to_live) == 0);
    std::vector<pid_t> children;
    for (int i = 0; i < workers; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            close(to_live[1]);
            const char answer = queue.receive().body == "work" ? 'y' : 'n';
            (void)!write(answers[1], &answer, 1);
            char nothing = 0;
            (void)!read(to_live[0], &nothing, 1);
            _exit(0);
        }
        children.push_back(child);
    }
    for (int i = 0; i < workers; ++i) {
        queue.send("work");
    }
    int right = 0;
    for (int i = 0; i < workers; ++i) {
        char answer = 0;
        right += read(answers[0], &answer, 1) == 1 && answer == 'y' ? 1 : 0;
    }
    BOOST_TEST(right == workers);
    BOOST_TEST(queue.stats().participants == workers + 1U);
    for (const int end : {to_live[1], to_live[0], answers[0], answers[1]}) {
        close(end);
    }
    for (const pid_t child : children) {
        waitpid(child, nullptr, 0);
    }
}

BOOST_FIXTURE_TEST_CASE(user_that_is_killed_behind_the_first_512_gives_its_lease_back, LargeTable) {
    std::vector<crex::MessageQueue> handles;
    while (handles.size() < 550) {
        handles.push_back(another_handle());
    }
    queue.send("work");
    start_robust_until("work 0 0", "hold-lease").kill();
    auto again = queue.lease(10s);
    BOOST_TEST(text_of(again) == "work");
    BOOST_TEST(again.attempts() == 1U);
}

BOOST_AUTO_TEST_CASE(number_of_handles_is_1_to_4096) {
    for (const std::size_t number : {std::size_t{0}, crex::robust_handles_max + 1}) {
        expect_invalid([&] {
            crex::MessageQueue{std::nullopt, crex::O_CREX, LargeTable::options(number)};
        });
        expect_invalid([&] {
            crex::RobustSemaphore{std::nullopt, crex::O_CREX, {.max_handles = number}};
        });
    }
    crex::RobustSemaphore one{std::nullopt, crex::O_CREX, {.max_handles = 1}};
    expect_error<crex::Error>(EUSERS, [&] { crex::RobustSemaphore{one.name()}; });
    one.unlink();
    crex::MessageQueue most{std::nullopt, crex::O_CREX,
                            LargeTable::options(crex::robust_handles_max)};
    most.send("x");
    expect_next(most, "x");
    most.unlink();
}

BOOST_FIXTURE_TEST_CASE(opener_is_not_refused_while_entries_of_the_dead_are_there, RobustFixture) {
    const auto rest = std::to_string(crex::robust_handles_default - 7);
    auto holder = start_robust_until("ready", "hold-handles", {rest});
    std::deque<Process> guests;
    const auto invite = [&] { return Process{[&] { return come_and_go(name); }}; };
    for (int i = 0; i < 300; ++i) {
        guests.push_back(invite());
        if (guests.size() == 6) {
            std::this_thread::sleep_for(2ms);
            BOOST_TEST(state_of(guests.front().pid()) != 'Z', "it was refused");
            guests.front().kill();
            guests.pop_front();
        }
    }
}
