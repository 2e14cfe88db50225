// SPDX-License-Identifier: BSL-1.0

// A ring whose bytes cannot be trusted: errors are allowed, crashes and hangs are not.

#include <array>
#include <limits>
#include <random>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "robust/ring/fixture.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t body = 20480; // lib/LAYOUT.md
constexpr std::size_t tail = body + 128;
constexpr std::size_t head = body + 256;
constexpr std::size_t marks = body + 640;
constexpr std::size_t data = 24576;

// The ring's file, which the test damages.
class Bytes {
public:
    explicit Bytes(const std::string& name) {
        const int fd = ::open(Rings::path(name).c_str(), O_RDWR | O_CLOEXEC);
        struct stat status {};
        BOOST_TEST_REQUIRE(fstat(fd, &status) == 0);
        size_ = static_cast<std::size_t>(status.st_size);
        address_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ::close(fd);
    }
    ~Bytes() { munmap(address_, size_); }
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::uint64_t& word(std::size_t offset) const {
        return *reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(address_) + offset);
    }

private:
    std::size_t size_ = 0;
    void* address_ = nullptr;
};

struct DamagedFixture : RolesFixture {
    Bytes bytes{name};

    DamagedFixture() {
        for (std::size_t i = 0; i < 100; ++i) {
            use(i);
        }
        out.send("waiting one");
        out.send("waiting two");
    }

    void use(std::size_t number) {
        out.send(pattern(number * 5 % 900, number));
        (void)in.receive();
    }
};

// Runs a call that may fail in any documented way. It must not wait forever, nor touch memory
// outside the ring.
template <class Call> bool succeeds(Call call) {
    try {
        call();
        return true;
    } catch (const crex::Error&) {
        return false;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

unsigned looked_at = 0; // keeps the compiler from removing the reads

void look_at(crex::RingConsumer::Record record) {
    for (const std::byte byte : record) {
        looked_at += std::to_integer<unsigned>(byte);
    }
}

void try_everything(crex::RingProducer& out, crex::RingConsumer& in) {
    std::array<crex::RingConsumer::Record, 70> records;
    for (const std::size_t size : {0U, 1U, 100U, 4096U}) {
        succeeds([&] { (void)out.try_send(pattern(size, 1)); });
        succeeds([&] {
            if (const auto room = out.try_reserve(size)) {
                std::fill(room->begin(), room->end(), std::byte{1});
                (void)out.try_reserve(size);
                out.commit();
            }
        });
        const auto timeout = size == 100 ? 1ms : 0ms;
        succeeds([&] { (void)out.try_send(pattern(size, 1), timeout); });
        succeeds([&] {
            const std::size_t count = in.peek_many(records, timeout);
            for (std::size_t i = 0; i < count; ++i) {
                look_at(records.at(i));
            }
            in.consume(count / 2);
            in.consume(count - count / 2);
        });
        succeeds([&] { (void)in.try_receive(); });
    }
}

void try_everything(DamagedFixture& f) {
    try_everything(f.out, f.in);
    succeeds([&] { (void)f.ring.current_records(); });
    f.out.close();
    f.in.close();
    succeeds([&] {
        auto out = f.ring.producer();
        auto in = f.ring.consumer();
        try_everything(out, in);
    });
    succeeds([&] { look_at(f.ring.consumer().peek(0s)); });
}

constexpr std::array garbage{std::uint64_t{0},
                             std::uint64_t{1},
                             std::uint64_t{4095},
                             std::uint64_t{4096},
                             std::uint64_t{8192},
                             std::uint64_t{1} << 31,
                             std::uint64_t{1} << 32,
                             std::uint64_t{1} << 63,
                             std::numeric_limits<std::uint64_t>::max() - 4096,
                             std::numeric_limits<std::uint64_t>::max()};

} // namespace

BOOST_AUTO_TEST_CASE(no_garbage_in_any_word_before_the_data_crashes_a_process) {
    for (std::size_t offset = body; offset < data; offset += 8) {
        for (const std::uint64_t value : garbage) {
            if (offset > marks + 128 && value > 4096) { // such values all have the same effect
                continue;
            }
            DamagedFixture f;
            f.bytes.word(offset) = value;
            try_everything(f);
        }
    }
}

BOOST_AUTO_TEST_CASE(no_garbage_in_many_words_crashes_a_process) {
    std::mt19937_64 random{1};
    for (int round = 0; round < 500; ++round) {
        DamagedFixture f;
        for (std::uint64_t i = 0; i <= random() % 20; ++i) {
            const std::size_t offset = body + random() % ((f.bytes.size() - body) / 8) * 8;
            const std::uint64_t now = f.bytes.word(offset);
            const std::array<std::uint64_t, 3> choice{random(), now + random() % 64 - 32,
                                                      now ^ std::uint64_t{1} << random() % 64};
            f.bytes.word(offset) = choice.at(random() % 3);
        }
        try_everything(f);
    }
}

BOOST_FIXTURE_TEST_CASE(a_head_that_went_back_or_too_far_is_corrupt, DamagedFixture) {
    fill(100);
    for (const std::uint64_t wrong :
         {bytes.word(head) - 50, bytes.word(tail) + 1, std::uint64_t{0}}) {
        bytes.word(head) = wrong;
        expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                         [&] { (void)out.try_send(pattern(100, 0)); });
    }
}

BOOST_FIXTURE_TEST_CASE(a_mark_that_makes_no_sense_is_corrupt, DamagedFixture) {
    std::uint64_t& mark = bytes.word(marks + bytes.word(head) % 64 * 8);
    const std::uint64_t right = mark;
    for (const std::uint64_t wrong :
         {std::uint64_t{1}, right + 5000, right - 500, ~std::uint64_t{0}}) {
        mark = wrong;
        expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)in.peek(); });
        expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)in.receive(1h); });
    }
    mark = right;
    expect_next("waiting one");
}

BOOST_FIXTURE_TEST_CASE(a_record_that_was_counted_and_is_not_there_is_corrupt, DamagedFixture) {
    bytes.word(marks + bytes.word(head) % 64 * 8) = 0;
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)in.receive(); });
    in.close();
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)ring.consumer(); });
}

BOOST_FIXTURE_TEST_CASE(wait_that_never_sleeps_notices_damage, DamagedFixture) {
    in.close();
    crex::Ring spinning{name, 0, {.spin = crex::spin_forever}};
    auto consumer = spinning.consumer();
    bytes.word(marks + bytes.word(head) % 64 * 8) = 0;
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)consumer.receive(); });
}

BOOST_FIXTURE_TEST_CASE(new_role_checks_the_words_it_continues_from, DamagedFixture) {
    out.close();
    in.close();
    bytes.word(tail) += 1000;
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)ring.producer(); });
    expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { (void)ring.consumer(); });
    bytes.word(tail) -= 1000;
    BOOST_TEST(ring.consumer().receive() == "waiting one");
}

BOOST_FIXTURE_TEST_CASE(damaged_header_is_noticed_at_opening, DamagedFixture) {
    for (std::size_t offset = 0; offset < 320; offset += 8) {
        const std::uint64_t right = bytes.word(offset);
        bytes.word(offset) ^= 0x4000;
        expect_error<crex::CorruptError>(ENOTRECOVERABLE, [&] { crex::Ring{name}; });
        bytes.word(offset) = right;
    }
    out.send("those who have it open do not look at it again");
    BOOST_TEST(crex::Ring{name}.capacity() == 4096U);
}
