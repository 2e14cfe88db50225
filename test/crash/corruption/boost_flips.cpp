// SPDX-License-Identifier: BSL-1.0

// Flips one bit in the memory of a boost::interprocess::message_queue and then uses the queue, as
// mutants.cpp does with a robust queue:  boost_flips NAME COUNT
//
// Prints how many flips crashed the process, hung it, or made it write beyond the caller's buffer.
// The exit code is their share in percent.

#include <algorithm>
#include <array>
#include <iostream>
#include <string>

#include <unistd.h>

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>

#include "crash/corruption/random_numbers.hpp"
#include "crash/corruption/watch.hpp"

namespace {

namespace bip = boost::interprocess;
using namespace std::chrono_literals;

constexpr std::size_t capacity = 6;
constexpr std::size_t item_size = 16;

boost::posix_time::ptime soon() {
    return boost::posix_time::microsec_clock::universal_time() + boost::posix_time::milliseconds(5);
}

void flip_some_bit(const std::string& name, std::uint64_t number) {
    bip::shared_memory_object file{bip::open_only, name.c_str(), bip::read_write};
    const bip::mapped_region region{file, bip::read_write};
    hostile::RandomNumbers random{number};
    auto* const bytes = static_cast<unsigned char*>(region.get_address());
    bytes[random.below(region.get_size())] ^= static_cast<unsigned char>(1U << random.below(8));
}

// The buffer and the bytes behind it.
struct Buffer {
    std::array<char, item_size> room;
    std::array<char, 4096> beyond;
};

void use(bip::message_queue& queue, hostile::Progress& progress) {
    Buffer buffer{};
    for (int i = 0; i < 8; ++i) {
        bip::message_queue::size_type size = 0;
        unsigned priority = 0;
        try {
            progress.doing("timed_send");
            (void)queue.timed_send(buffer.room.data(), 10, 1, soon());
            progress.doing("timed_receive");
            (void)queue.timed_receive(buffer.room.data(), item_size, size, priority, soon());
            (void)queue.timed_receive(buffer.room.data(), item_size, size, priority, soon());
        } catch (const bip::interprocess_exception&) { // an error is allowed
        }
        const bool overrun =
            std::any_of(buffer.beyond.begin(), buffer.beyond.end(), [](char c) { return c != 0; });
        if (overrun || size > item_size) {
            progress.fail("overrun");
        }
    }
}

void experiment(const std::string& name, hostile::Progress& progress, std::uint64_t number) {
    bip::message_queue::remove(name.c_str());
    bip::message_queue queue{bip::create_only, name.c_str(), capacity, item_size};
    for (unsigned i = 0; i < 4; ++i) {
        queue.send("message", 7, i % 3);
    }
    flip_some_bit(name, number);
    use(queue, progress);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: boost_flips NAME COUNT\n";
        return 2;
    }
    const auto name = [&](int pid) { return std::string{argv[1]} + "-" + std::to_string(pid); };
    const std::uint64_t count = std::stoull(argv[2]);
    const auto watched = hostile::watch(
        {0, count, 16, 1000ms, count},
        [&](hostile::Progress& progress, std::uint64_t first, std::uint64_t last) {
            for (std::uint64_t number = first; number < last; ++number) {
                progress.begin(number);
                experiment(name(getpid()), progress, number);
            }
            bip::message_queue::remove(name(getpid()).c_str());
        },
        [&](int pid) { bip::message_queue::remove(name(pid).c_str()); });
    using hostile::Failure;
    std::cout << count << " single bit flips in boost::interprocess::message_queue: "
              << watched.count(Failure::crash) << " crashes, " << watched.count(Failure::hang)
              << " hangs, " << watched.count(Failure::broken_rule) << " overruns" << std::endl;
    return static_cast<int>(watched.failures.size() * 100 / count);
}
