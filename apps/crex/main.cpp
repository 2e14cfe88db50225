// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstring>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include <crex/version.hpp>

#include "completion/completion.hpp"
#include "completion/words.hpp"
#include "failure.hpp"
#include "invocation.hpp"
#include "manual.hpp"
#include "process/signals.hpp"
#include "process/witness.hpp"
#include "verbs.hpp"

// The crex command: chooses the verb, and turns an exception into an exit status.

using namespace cli;

namespace {

int complain(const std::string& who, const std::exception& error, int status) {
    std::cout.flush();
    std::cerr << who << ": " << error.what() << '\n';
    return status;
}

// The status that -E gives. An invalid one is found before the verb does anything.
int busy_status_of(const Invocation& invocation) {
    const unsigned long status = invocation.number("timeout-status").value_or(busy);
    if (status > 255) {
        throw UsageError{"--timeout-status: an exit status is at most 255"};
    }
    return static_cast<int>(status);
}

int run(const Verb& verb, const std::vector<std::string>& words) {
    int busy_status = busy;
    try {
        const Invocation invocation{verb, words};
        if (invocation.has("help")) {
            std::cout << help(verb);
            return fine;
        }
        busy_status = busy_status_of(invocation);
        const int status = verb.run(invocation);
        return status == busy ? busy_status : status;
    } catch (const std::exception& error) {
        const int status = status_of(error);
        return complain(std::string{"crex "} + verb.name, error,
                        status == busy ? busy_status : status);
    }
}

// The "mq" of "mq --help" and "help mq"; empty for other words.
std::string group_asked_about(const std::vector<std::string>& words) {
    if (words.size() != 2) {
        return {};
    }
    const bool behind = words[1] == "--help" || words[1] == "-h";
    const std::string group = behind ? words[0] : words[0] == "help" ? words[1] : std::string{};
    return second_words(group).empty() ? std::string{} : group;
}

// Answers requests to crex itself. Returns false when the words are for a verb.
bool answered(const std::vector<std::string>& words) {
    const std::string first = words.empty() ? "" : words.front();
    if (first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
        std::cout << help();
    } else if (const std::string group = group_asked_about(words); !group.empty()) {
        std::cout << help(group);
    } else if (first == "--version" || first == "-V") {
        std::cout << "crex " << crex::version << '\n';
    } else if (first == "--write-man-pages" && words.size() == 2) { // for the build
        write_man_pages(words[1]);
    } else if (first == "--write-completions" && words.size() == 2) {
        write_completions(words[1]);
    } else if (first == "--names") { // for the completions
        std::cout << names_to_complete();
    } else if (first == "--services") {
        std::cout << services_to_complete("");
    } else if (first == "--servers") {
        std::cout << services_to_complete("service=");
    } else {
        return false;
    }
    return true;
}

int run(std::vector<std::string> words) {
    try {
        if (answered(words)) {
            return fine;
        }
        if (!words.empty() && words.front() == "help") {
            words.erase(words.begin());
            std::cout << help(take_verb(words));
            return fine;
        }
        const Verb& verb = take_verb(words);
        return run(verb, words);
    } catch (const std::exception& error) {
        return complain("crex", error, status_of(error));
    }
}

// If one of them is closed, the next file that is opened, perhaps an object, would take its place.
// The replacement can be neither read nor written, as if it were closed.
void keep_places_of_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(fd, F_GETFD) < 0) {
            ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); // gets that number
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], witness_option) == 0) {
        bear_witness();
    }
    keep_places_of_standard_streams();
    std::signal(SIGPIPE, SIG_DFL); // the parent may have ignored it
    let_signals_end_first_process();
    std::setlocale(LC_CTYPE, ""); // for the width of names
    std::ios::sync_with_stdio(false);
    const int status = run({argv + std::min(argc, 1), argv + argc});
    if (!std::cout.flush()) {
        if (errno == EPIPE) { // if SIGPIPE is blocked
            die_of(SIGPIPE);
        }
        std::cerr << "crex: standard output: " << std::strerror(errno) << '\n';
        return io_error;
    }
    return status;
}
