// SPDX-License-Identifier: BSL-1.0

// Several processes with several threads each use a robust queue. Another process keeps writing
// nonsense into the queue's memory:  scribbler NAME SECONDS SEED
//
// The program ends with 0 when all processes kept the rules (see exerciser.hpp), and when the queue
// could be repaired and used after the scribbling.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash/corruption/exerciser.hpp"
#include "crash/corruption/mutation.hpp"
#include "crash/corruption/situation.hpp"

namespace {

using namespace hostile;
using namespace std::chrono_literals;

constexpr std::size_t users = 2;
constexpr std::size_t threads = 2;
constexpr std::ptrdiff_t header_size = 4096;

// Shared by the processes.
struct Board {
    std::atomic<std::size_t> open; // number of open handles
    std::atomic<bool> over;
    std::atomic<std::uint64_t> scribbles;
    std::array<std::atomic<std::uint64_t>, outcomes> tally;
    std::array<std::atomic<const char*>, users * threads> doing;
};

Board* board = nullptr;
thread_local std::size_t me = 0;

void announce(const char* operation) { board->doing[me].store(operation); }

Board* make_board() {
    void* const memory =
        mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    return new (memory) Board{};
}

crex::MessageQueue open_queue(const std::string& name) {
    return crex::MessageQueue{name, 0, {.backend = crex::Backend::robust}};
}

// Uses its handle all the time and a new one occasionally.
void use(const std::string& name, std::size_t number, std::uint64_t seed,
         crex::MessageQueue& queue) {
    me = number;
    RandomNumbers random{seed * 100 + number};
    Tally tally{};
    try {
        while (!board->over) {
            QueueExerciser exerciser{random, tally, announce, 30s};
            exerciser.churn(queue);
            exerciser.look(queue);
            if (random.one_in(4)) {
                exerciser.repair(queue);
            }
            if (random.one_in(16)) {
                std::optional<crex::MessageQueue> another;
                if (exerciser.run("open", 1s, [&] { another.emplace(open_queue(name)); })) {
                    exerciser.churn(*another);
                    exerciser.run("close", 1s, [&] { another->close(); });
                }
            }
        }
    } catch (const BrokenRule& rule) {
        std::cout << "broken rule: " << rule.what << std::endl;
        _exit(EXIT_FAILURE);
    }
    for (std::size_t i = 0; i < outcomes; ++i) {
        board->tally[i] += tally[i];
    }
    announce("nothing more");
}

void use_in_threads(const std::string& name, std::size_t user, std::uint64_t seed) {
    auto queue = open_queue(name);
    ++board->open;
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < threads; ++i) {
        all.emplace_back([&, i] { use(name, user * threads + i, seed, queue); });
    }
    for (auto& thread : all) {
        thread.join();
    }
}

// Writes everywhere. The header is restored at once: it is read only when the queue is opened.
void scribble(const Mutator& mutator, std::span<std::byte> bytes, std::uint64_t seed) {
    const std::vector<std::byte> header(bytes.begin(), bytes.begin() + header_size);
    RandomNumbers random{seed};
    while (board->open < users) {
        std::this_thread::sleep_for(1ms);
    }
    while (!board->over) {
        (void)mutator.damage_at_random(bytes, random.next());
        std::copy(header.begin(), header.end(), bytes.begin());
        if (random.one_in(8)) {
            reopen(bytes);
        }
        ++board->scribbles;
        std::this_thread::sleep_for(std::chrono::microseconds{random.below(500)});
    }
}

template <class Body> pid_t in_child(Body body) {
    const pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error{"fork"};
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body();
        _exit(EXIT_SUCCESS);
    }
    return child;
}

// Whether the child ended with success and in time.
bool ended_well(pid_t child) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            for (const auto& doing : board->doing) {
                std::cout << "hang, perhaps in: " << doing.load() << '\n';
            }
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return false;
        }
        std::this_thread::sleep_for(5ms);
    }
    if (WIFSIGNALED(status)) {
        std::cout << "crash: signal " << WTERMSIG(status) << '\n';
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

bool can_be_used_again(crex::MessageQueue& queue) {
    queue.repair();
    while (queue.try_receive()) {
    }
    const std::size_t usable = capacity - queue.stats().quarantined;
    for (std::size_t i = 0; i < usable; ++i) {
        queue.send("fine again", 5s);
    }
    for (std::size_t i = 0; i < usable; ++i) {
        if (queue.receive(5s).body != "fine again") {
            return false;
        }
    }
    return true;
}

void report() {
    std::cout << board->scribbles << " scribbles; operations: ";
    for (std::size_t i = 0; i < outcomes; ++i) {
        std::cout << (i == 0 ? "" : ", ") << board->tally[i] << ' ' << outcome_names[i];
    }
    std::cout << std::endl;
}

int run(const std::string& name, std::chrono::seconds time, std::uint64_t seed) {
    board = make_board();
    crex::MessageQueue queue{name,
                             crex::O_CREX,
                             {.max_messages = capacity,
                              .max_message_size = item_size,
                              .backend = crex::Backend::robust}};
    const Mapping mapping{path_of(name)};
    const Mutator mutator{mapping.bytes()};
    std::vector<pid_t> children{in_child([&] { scribble(mutator, mapping.bytes(), seed); })};
    for (std::size_t user = 0; user < users; ++user) {
        children.push_back(in_child([&] { use_in_threads(name, user, seed); }));
    }
    std::this_thread::sleep_for(time);
    board->over = true;
    bool well = true;
    for (const pid_t child : children) {
        well = ended_well(child) && well;
    }
    report();
    reopen(mapping.bytes());
    well = can_be_used_again(queue) && well;
    clean_up_after(name);
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: scribbler NAME SECONDS SEED\n";
        return 2;
    }
    try {
        return run(argv[1], std::chrono::seconds{std::stol(argv[2])}, std::stoull(argv[3]));
    } catch (const std::exception& error) {
        std::cout << error.what() << std::endl;
        clean_up_after(argv[1]);
        return EXIT_FAILURE;
    }
}
