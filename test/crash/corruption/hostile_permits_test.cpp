// SPDX-License-Identifier: BSL-1.0

// Whatever bytes are written into a robust semaphore, no process crashes, hangs, or reads out of
// bounds: calls end, with or without an error.

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <crex/robust_semaphore.hpp>

#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t participants = 4096; // see lib/LAYOUT.md
constexpr std::size_t body = 20480;
constexpr std::size_t size = body + 128;

// The bytes that are read after opening, as words.
class Words {
public:
    explicit Words(const std::string& path) {
        const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
        void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        BOOST_TEST_REQUIRE(memory != MAP_FAILED);
        bytes_ = static_cast<unsigned char*>(memory);
    }
    ~Words() { munmap(bytes_, size); }
    Words(const Words&) = delete;
    Words& operator=(const Words&) = delete;

    void overwrite(std::mt19937& random) {
        constexpr std::array<std::uint32_t, 6> odd{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 513};
        const bool in_body = random() % 4 != 0;
        const std::size_t words = in_body ? 32 : 64; // of the body, or of the first eight entries
        const std::size_t at = (in_body ? body : participants) + 4 * (random() % words);
        const std::uint32_t value =
            random() % 2 == 0 ? odd[random() % odd.size()] : static_cast<std::uint32_t>(random());
        std::memcpy(bytes_ + at, &value, sizeof value);
    }

private:
    unsigned char* bytes_ = nullptr;
};

template <class Body> void whatever_comes(Body call) {
    try {
        call();
    } catch (const crex::Error&) {
    }
}

void use(crex::RobustSemaphore& semaphore) {
    whatever_comes([&] { (void)semaphore.try_acquire(); });
    whatever_comes([&] { (void)semaphore.try_acquire_for(2ms); });
    whatever_comes([&] { semaphore.release(); });
    whatever_comes([&] { (void)semaphore.value(); });
    whatever_comes([&] { (void)semaphore.holders(); });
}

} // namespace

BOOST_AUTO_TEST_CASE(no_bytes_in_a_semaphore_crash_or_hang_a_process) {
    constexpr int rounds = 40;
    constexpr int mutants = 50;
    for (int round = 0; round < rounds; ++round) {
        BOOST_TEST(in_child([&] {
                       alarm(120); // ends a process that hangs
                       const std::string name = unique_name();
                       const Removed<RobustSemaphores> removed{name};
                       crex::RobustSemaphore semaphore{name, crex::O_CREX, {.initial_value = 3}};
                       Words words{RobustSemaphores::path(name)};
                       std::mt19937 random{static_cast<unsigned>(round)};
                       for (int i = 0; i < mutants; ++i) {
                           words.overwrite(random);
                           use(semaphore);
                           whatever_comes([&] {
                               crex::RobustSemaphore other{name};
                               use(other);
                           });
                       }
                       return done;
                   }) == done);
    }
}
