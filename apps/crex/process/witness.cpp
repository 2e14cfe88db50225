// SPDX-License-Identifier: BSL-1.0
#include "process/witness.hpp"

#include <array>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/signals.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto straggle = 100ms; // within which a signal to several processes has reached them all
constexpr auto patience = 2s;    // for a witness that gets no processor
constexpr const char* name = "signal-witness"; // differs from crex: "pkill crex" is for crex alone

// Starts the witness with that socket as its standard input.
void start(int socket) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const std::array<char*, 3> words{const_cast<char*>(name), const_cast<char*>(witness_option),
                                     nullptr};
    pid_t pid = -1;
    posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
}

} // namespace

const char* const witness_option = "--bear-witness";

Witness::Witness() {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
        return;
    }
    start(sockets[1]);
    ::close(sockets[1]);
    socket_ = sockets[0];
    ask(patience); // after its answer, it listens
    forget();
}

Witness::~Witness() { ::close(socket_); }

// Returns when the answer is complete, or the witness is not there.
void Witness::ask(std::chrono::milliseconds most) {
    const unsigned char question = 0;
    if (::send(socket_, &question, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) {
        return;
    }
    const auto end = std::chrono::steady_clock::now() + most;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd ready{socket_, POLLIN, 0};
        unsigned char signal = 0;
        if (left <= 0ms || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0 ||
            ::recv(socket_, &signal, 1, MSG_DONTWAIT) != 1 || signal == 0) {
            return;
        }
        got_.set(signal % got_.size());
    }
}

bool Witness::got(int signal) {
    std::this_thread::sleep_for(straggle);
    ask(patience);
    const auto number = static_cast<std::size_t>(signal);
    const bool so = got_.test(number);
    got_.reset(number);
    return so;
}

void Witness::forget() {
    ask(patience);
    got_.reset();
}

// All signals are blocked, so that only SIGKILL and the end of its parent end it.
void bear_witness() {
    ::prctl(PR_SET_NAME, name);
    ::syscall(SYS_close_range, 1, ~0U, 0);
    const sigset_t heard = set_of_signals({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2});
    const int signals = ::signalfd(-1, &heard, SFD_NONBLOCK);
    for (char question = 0;;) {
        const ssize_t asked = ::read(STDIN_FILENO, &question, 1);
        if (asked == 0 || (asked < 0 && errno != EINTR)) {
            ::_exit(0);
        }
        signalfd_siginfo signal{};
        while (::read(signals, &signal, sizeof signal) == sizeof signal) {
            const auto number = static_cast<unsigned char>(signal.ssi_signo);
            ::send(STDIN_FILENO, &number, 1, MSG_NOSIGNAL);
        }
        const unsigned char end = 0;
        ::send(STDIN_FILENO, &end, 1, MSG_NOSIGNAL);
    }
}

} // namespace cli
