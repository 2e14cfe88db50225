// SPDX-License-Identifier: BSL-1.0
#include <csignal>
#include <exception>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>

#include <boost/program_options.hpp>

#include <crex/robust_semaphore.hpp>
#include <crex/semaphore.hpp>

#include "common/errors.hpp"
#include "context/ending.hpp"

namespace po = boost::program_options;
using namespace demo;

namespace {

void say(const std::string& text) { std::cout << "Child: " << text << std::endl; }

Ending flip_a_coin() {
    std::random_device coin;
    switch (coin() % 5) { // heads, tails, or its edge
    case 0:
    case 1:
        return Ending::leaves;
    case 2:
    case 3:
        return Ending::throws;
    default:
        return Ending::dies;
    }
}

void leave_the_scope(Ending ending) {
    switch (ending) {
    case Ending::throws:
        say("throwing an exception inside the scope.");
        throw std::runtime_error{"tails"};
    case Ending::dies:
        say("about to be killed inside the scope, with SIGKILL.");
        raise(SIGKILL);
        break;
    default:
        say("leaving the scope as one does.");
    }
}

template <class Semaphore> ExitStatus acquire_and_leave(Semaphore& semaphore, Ending ending) {
    say("waiting for the semaphore.");
    try {
        const std::scoped_lock guard{semaphore};
        say("got it.");
        leave_the_scope(ending == Ending::by_chance ? flip_a_coin() : ending);
    } catch (const std::runtime_error& error) {
        say(std::string{"caught it outside: "} + error.what() + ".");
    }
    say("the scope has released the semaphore.");
    return fine;
}

// A parent written with posix_ipc has a plain semaphore, which does not come back if the child is
// killed.
ExitStatus take_part(const std::string& name, Ending ending) {
    if (auto semaphore = crex::RobustSemaphore::try_open(name)) {
        return acquire_and_leave(*semaphore, ending);
    }
    crex::Semaphore semaphore{name};
    return acquire_and_leave(semaphore, ending);
}

} // namespace

int main(int argc, char** argv) try {
    Ending ending = Ending::by_chance;
    std::string name;
    po::options_description options;
    options.add_options()("ending", po::value(&ending))("semaphore", po::value(&name)->required());
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv)
                  .options(options)
                  .positional(po::positional_options_description{}.add("semaphore", 1))
                  .run(),
              given);
    po::notify(given);
    return take_part(name, ending);
} catch (const po::error& error) {
    std::cerr << "child: " << error.what() << "; it is parent that starts it\n";
    return usage;
} catch (const std::exception& error) {
    std::cerr << "child: " << error.what() << '\n';
    return failure;
}
