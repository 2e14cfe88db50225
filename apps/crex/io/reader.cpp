// SPDX-License-Identifier: BSL-1.0
#include "io/reader.hpp"

#include <cerrno>
#include <climits>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.hpp"
#include "process/signals.hpp"

namespace cli {
namespace {

constexpr int look_every_ms = 50; // for the stop
constexpr int one_page = 4096;    // the smallest size of a pipe

enum class State { has_room, full, reader_has_gone };

// A pipe of one page has room when it is empty.
State state_after(int wait_ms) {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    if (::poll(&output, 1, wait_ms) <= 0) {
        return State::full;
    }
    // If both are set, the reader has taken everything and gone.
    return (output.revents & POLLOUT) != 0 ? State::has_room : State::reader_has_gone;
}

bool has_a_reader_that_can_go() {
    struct stat it {};
    return ::fstat(STDOUT_FILENO, &it) == 0 && (S_ISFIFO(it.st_mode) || S_ISSOCK(it.st_mode));
}

} // namespace

bool output_is_a_pipe() { return ::fcntl(STDOUT_FILENO, F_GETPIPE_SZ) > 0; }

bool reader_has_gone() {
    pollfd output{STDOUT_FILENO, 0, 0};
    return has_a_reader_that_can_go() && ::poll(&output, 1, 0) > 0;
}

void notice_gone_reader() {
    if (!has_a_reader_that_can_go()) {
        return;
    }
    sigset_t all;
    sigfillset(&all);
    const Blocked blocked{all}; // for the new thread: other threads handle signals
    std::thread{[] {
        pollfd output{STDOUT_FILENO, 0, 0};
        while (::poll(&output, 1, -1) < 0 && errno == EINTR) {
        }
        ::kill(::getpid(), SIGPIPE);
    }}.detach();
}

Handover::Handover() : size_before_{::fcntl(STDOUT_FILENO, F_GETPIPE_SZ)} {
    is_narrow_ = size_before_ > 0 && ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, one_page) >= 0;
}

Handover::~Handover() { be_wide(); }

void Handover::be_wide() {
    if (is_narrow_) {
        ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, size_before_);
        is_narrow_ = false;
    }
}

std::size_t Handover::write(std::string_view text, const std::stop_token& stop) {
    std::size_t written = 0;
    while (written < text.size()) {
        const State state = state_after(look_every_ms);
        if (state == State::reader_has_gone || stop.stop_requested()) {
            break;
        }
        if (state == State::full) {
            continue;
        }
        const std::string_view piece = text.substr(written, PIPE_BUF);
        const ssize_t count = ::write(STDOUT_FILENO, piece.data(), piece.size());
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno == EPIPE) {
            break;
        } else if (errno != EAGAIN && errno != EINTR) {
            throw Failure{io_error, "standard output: " + std::generic_category().message(errno)};
        }
    }
    return written;
}

std::size_t Handover::unread() {
    int bytes = 0;
    return ::ioctl(STDOUT_FILENO, FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

bool Handover::is_taken(const std::stop_token& stop) {
    State state = State::has_room;
    while (size_before_ > 0 && (state = state_after(look_every_ms)) == State::full &&
           !stop.stop_requested()) {
    }
    return state != State::reader_has_gone;
}

} // namespace cli
