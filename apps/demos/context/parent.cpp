// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <boost/program_options.hpp>

#include <spawn.h>
#include <sys/wait.h>

#include <crex/error.hpp>
#include <crex/robust_semaphore.hpp>
#include <crex/semaphore.hpp>

#include "common/errors.hpp"
#include "common/signals.hpp"
#include "context/ending.hpp"

namespace po = boost::program_options;
using namespace demo;

namespace {

void say(const std::string& text) { std::cout << "Parent: " << text << std::endl; }

// The child program that lies beside this one.
std::vector<std::string> own_child(const std::string& self, Ending ending) {
    std::ostringstream how;
    how << "--ending=" << ending;
    return {self.substr(0, self.rfind('/') + 1) + "child", how.str()};
}

// A child, started by a command to which the semaphore's name is added. It is waited for in any
// case.
class Child {
public:
    Child(std::vector<std::string> command, const std::string& semaphore) {
        command.push_back(semaphore);
        std::vector<char*> arguments;
        for (std::string& each : command) {
            arguments.push_back(each.data());
        }
        arguments.push_back(nullptr);
        if (const int error = posix_spawnp(&pid_, arguments.front(), nullptr, nullptr,
                                           arguments.data(), environ)) {
            throw std::system_error{error, std::generic_category(), command.front()};
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

bool is_taken(const crex::RobustSemaphore& semaphore) { return !semaphore.holders().empty(); }
bool is_taken(const crex::Semaphore& semaphore) { return semaphore.value() == 0; }

// So that the parent does not take the semaphore before the child does.
template <class Semaphore> void wait_until_taken(const Semaphore& semaphore, const Child& child) {
    while (!is_taken(semaphore) && !child.has_ended()) {
        throw_if_interrupted();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

ExitStatus get_back(crex::RobustSemaphore& semaphore, const Child&) {
    semaphore.acquire();
    say(semaphore.previous_holder_died()
            ? "got it back, although the child died with it: a RobustSemaphore gives it back."
            : "got it back. The child has released it.");
    return fine;
}

// A plain semaphore does not come back from a killed child.
ExitStatus get_back(crex::Semaphore& semaphore, const Child& child) {
    bool is_back = false;
    for (bool child_ended = false; !is_back && !child_ended;) {
        child_ended = child.has_ended();
        is_back = semaphore.try_acquire_for(std::chrono::milliseconds{50});
    }
    say(is_back ? "got it back. The child has released it."
                : "the child has ended with it: a plain semaphore does not come back.");
    return is_back ? fine : failure;
}

// Unlinks the semaphore at the end of the scope, however it ends.
template <class Semaphore> struct Unlinked {
    Semaphore& semaphore;
    ~Unlinked() { semaphore.unlink(); }
};

template <class Semaphore>
ExitStatus lend_to_a_child(std::vector<std::string> command, unsigned seconds) {
    Semaphore semaphore{std::nullopt, crex::O_CREX, {.initial_value = 1}};
    const Unlinked<Semaphore> at_the_end{semaphore};
    semaphore.acquire();
    say("made the semaphore " + semaphore.name() + ", acquired it, and starts a child.");
    const Child child{std::move(command), semaphore.name()};
    count_down(seconds);
    semaphore.release();
    say("released it, and waits to get it back.");
    wait_until_taken(semaphore, child);
    return get_back(semaphore, child);
}

} // namespace

int main(int argc, char** argv) try {
    Ending ending = Ending::by_chance;
    unsigned seconds = 3;
    std::vector<std::string> command;
    po::options_description options{"Options"};
    options.add_options()("help", "show this and stop")(
        "ending", po::value(&ending)->value_name("HOW")->default_value(ending),
        "how the child leaves the scope in which it has the semaphore: leaves, throws, dies or "
        "by-chance")("countdown",
                     po::value(&seconds)->value_name("SECONDS")->default_value(seconds),
                     "how long the parent keeps it first")(
        "plain", "use a plain Semaphore, as posix_ipc's parent and child do")(
        "child", po::value(&command)->value_name("COMMAND")->multitoken(),
        "start this, with the semaphore's name added, and not the program `child`: "
        "--plain --child python3 child.py");
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
    if (command.empty()) {
        command = own_child(argv[0], ending);
    }
    return given.count("plain") != 0
               ? lend_to_a_child<crex::Semaphore>(std::move(command), seconds)
               : lend_to_a_child<crex::RobustSemaphore>(std::move(command), seconds);
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
