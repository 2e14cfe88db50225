// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

#include <boost/program_options.hpp>

#include <spawn.h>
#include <sys/wait.h>

#include <crex/error.hpp>
#include <crex/robust_semaphore.hpp>

#include "context/ending.hpp"
#include "conversation/errors.hpp"
#include "conversation/signals.hpp"

namespace po = boost::program_options;
using namespace demo;

namespace {

void say(const std::string& text) { std::cout << "Parent: " << text << std::endl; }

// The child program lies beside this one. It is waited for in any case.
class Child {
public:
    Child(const std::string& self, const std::string& semaphore, Ending ending) {
        const std::string path = self.substr(0, self.rfind('/') + 1) + "child";
        std::ostringstream how;
        how << "--ending=" << ending;
        std::string option = how.str();
        std::string name = semaphore;
        std::string program = path;
        char* const arguments[] = {program.data(), option.data(), name.data(), nullptr};
        if (const int error =
                posix_spawnp(&pid_, path.c_str(), nullptr, nullptr, arguments, environ)) {
            throw std::system_error{error, std::generic_category(), path};
        }
    }
    ~Child() { waitpid(pid_, nullptr, 0); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] bool has_ended() const {
        siginfo_t info{};
        waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
        return info.si_pid == pid_;
    }

private:
    pid_t pid_ = -1;
};

void count_down(unsigned seconds) {
    for (; seconds > 0; --seconds) {
        say("releasing it in " + std::to_string(seconds) + " s.");
        std::this_thread::sleep_for(std::chrono::seconds{1});
        throw_if_interrupted();
    }
}

// Lest the parent be quicker than the child it waits for.
void wait_until_taken(const crex::RobustSemaphore& semaphore, const Child& child) {
    while (semaphore.holders().empty() && !child.has_ended()) {
        throw_if_interrupted();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

// Gone at the end, however it comes.
struct Unlinked {
    crex::RobustSemaphore& semaphore;
    ~Unlinked() { semaphore.unlink(); }
};

ExitStatus lend_to_a_child(const std::string& self, Ending ending, unsigned seconds) {
    crex::RobustSemaphore semaphore{std::nullopt, crex::O_CREX, {.initial_value = 1}};
    const Unlinked at_the_end{semaphore};
    semaphore.acquire();
    say("made the semaphore " + semaphore.name() + ", acquired it, and starts a child.");
    const Child child{self, semaphore.name(), ending};
    count_down(seconds);
    semaphore.release();
    say("released it, and waits to get it back.");
    wait_until_taken(semaphore, child);
    semaphore.acquire();
    say(semaphore.previous_holder_died()
            ? "got it back, although the child died with it: a RobustSemaphore gives it back."
            : "got it back. The child has released it.");
    return fine;
}

} // namespace

int main(int argc, char** argv) try {
    Ending ending = Ending::by_chance;
    unsigned seconds = 3;
    po::options_description options{"Options"};
    options.add_options()("help", "show this and stop")(
        "ending", po::value(&ending)->value_name("HOW")->default_value(ending),
        "how the child leaves the scope in which it has the semaphore: leaves, throws, dies or "
        "by-chance")("countdown",
                     po::value(&seconds)->value_name("SECONDS")->default_value(seconds),
                     "how long the parent keeps it first");
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(options).positional({}).run(), given);
    po::notify(given);
    if (given.count("help") != 0) {
        std::cout << "Usage: parent [options]\n\nLends a semaphore to a child, and gets it back "
                     "however the child ends.\n\n"
                  << options;
        return fine;
    }
    catch_signals();
    return lend_to_a_child(argv[0], ending, seconds);
} catch (const po::error& error) {
    std::cerr << "parent: " << error.what() << '\n';
    return usage;
} catch (const crex::SignalError&) {
    std::cerr << "parent: " << Interrupted{}.what() << '\n';
    return failure;
} catch (const std::exception& error) {
    std::cerr << "parent: " << error.what() << '\n';
    return failure;
}
