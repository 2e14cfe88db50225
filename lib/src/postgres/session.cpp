// SPDX-License-Identifier: BSL-1.0
#include "postgres/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <crex/postgres.hpp>

#include "platform/cancellation.hpp"
#include "platform/signals.hpp"
#include "postgres/failures.hpp"

namespace crex::detail::postgres {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto first_pause = 50ms; // between attempts to connect; doubled each time
constexpr auto longest_pause = 1s;

Uuid random_uuid() {
    Uuid result{};
    if (getrandom(result.data(), result.size(), 0) != static_cast<ssize_t>(result.size())) {
        throw_errno({"getrandom", "", false}, errno);
    }
    return result;
}

std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

} // namespace

Session::Session(const Call& call, Parameters parameters, std::chrono::milliseconds patience)
    : parameters_{std::move(parameters)}, patience_{patience}, sender_{random_uuid()},
      wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}, end_{eventfd(0, EFD_CLOEXEC)},
      end_poll_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (wake_.get() < 0 || end_.get() < 0 || end_poll_.get() < 0) {
        throw_errno(call, errno);
    }
    const CancellationHeld held;
    try {
        connect();
    } catch (const Connection::Failure& failure) {
        throw_not_connected(call, failure);
    }
    const SignalsHeld signals;
    try {
        thread_ = std::jthread{[this] { run(); }};
    } catch (const std::system_error& error) {
        throw_no_thread(call, error.code().value());
    }
}

// A forked child must touch nothing: the mutex may be locked, and the thread does not exist.
Session::~Session() {
    const CancellationHeld held;
    if (number_ != 0) {
        post(statements::goodbye, Arguments{static_cast<std::int64_t>(number_.load()), sender_},
             number_);
    }
    is_ending_ = true;
    eventfd_write(end_.get(), 1);
    wake_thread();
    thread_.join();
}

void Session::in_forked_child() noexcept {
    is_inherited_ = true;
    // Else the server would not notice the parent's death while the child lives.
    if (const int socket = socket_.exchange(-1); socket >= 0) {
        ::close(socket);
    }
}

// Throws the failures of all hosts, unless one of them has answered.
void Session::connect() {
    std::string failures;
    for (const Parameters& host : parameters_.each_host()) {
        try {
            connect_to(host);
            return;
        } catch (const Connection::Failure& failure) {
            if (!failure.sqlstate.empty()) {
                throw;
            }
            failures += (failures.empty() ? "" : "; ") + failure.text;
        }
    }
    throw Connection::Failure{{}, failures};
}

// A child that was forked while libpq connected has the socket and does not know it, so that is
// done again.
void Session::connect_to(const Parameters& host) {
    for (;;) {
        const std::uint64_t forks_before = forks();
        const auto began = Clock::now();
        Connection connection{host, host.connecting_limit(), patience_, end_.get()};
        const Answer hello = connection.perform(
            statements::hello,
            Arguments{postgres_schema_version, static_cast<std::int32_t>(getpid()), host_name(),
                      static_cast<std::int32_t>(connection.process_at_server())},
            patience_);
        const auto number = static_cast<std::uint64_t>(hello.integer(0));
        const std::string channel = "listen crex_" + std::to_string(number);
        connection.perform({"listen", channel.c_str()}, Arguments{}, patience_);
        socket_ = connection.socket();
        if (forks() != forks_before) {
            socket_ = -1;
            continue;
        }
        const std::lock_guard lock{mutex_};
        database_ = static_cast<std::uint64_t>(hello.integer(1));
        pipeline_.emplace(std::move(connection), began);
        number_ = number;
        watch();
        return;
    }
}

void Session::run() {
    auto pause = std::chrono::milliseconds{first_pause};
    while (pipeline_ || !is_ending_) {
        if (pipeline_) {
            attend();
            pause = first_pause;
            continue;
        }
        try {
            connect();
            wake_waiters();
        } catch (const Connection::Failure& failure) {
            {
                const std::lock_guard lock{mutex_};
                last_error_ = failure.text;
            }
            wait_to_reconnect(pause);
            pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
        }
    }
}

void Session::wait_to_reconnect(std::chrono::milliseconds time) {
    pollfd end{end_.get(), POLLIN, 0};
    poll(&end, 1, static_cast<int>(time.count()));
}

// Waits until there is something to do, and does it. While calls are under way, they read; unless
// the one that should is kept from it, as by a signal handler that takes long.
void Session::attend() {
    std::array<pollfd, 2> sources{{{threads_watch_.fd(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    poll(sources.data(), sources.size(),
         is_idle() ? -1 : static_cast<int>(between_looks().count()));
    if (sources[1].revents != 0) {
        eventfd_t count = 0;
        eventfd_read(wake_.get(), &count);
    }
    std::unique_lock lock{mutex_};
    if (callers_.empty() || is_silent()) {
        read();
    }
    beat();
    if (is_ending_ && (number_ == 0 || pipeline_->is_empty())) {
        number_ = 0;
        loss_matters_ = false;
    }
    if (number_ == 0) {
        disconnect(std::move(lock));
    }
}

// Whether it does not matter if the server is there. A thread that changes that looks at is_idle_
// afterwards; so that comes first here.
bool Session::is_idle() noexcept {
    const std::lock_guard lock{mutex_};
    is_idle_ = true;
    is_idle_ = held_ == 0 && pipeline_->is_empty() && !is_ending_;
    return is_idle_;
}

void Session::wake_thread() noexcept {
    const CancellationHeld held;
    eventfd_write(wake_.get(), 1);
}

// After lose(). No thread may poll a socket that is closed, whose number may be another one's.
void Session::disconnect(std::unique_lock<std::mutex> lock) {
    watch();
    end_poll();
    poll_has_ended_.wait(lock, [this] { return !is_polled_; });
    socket_ = -1;
    auto lost = std::exchange(pipeline_, std::nullopt);
    const std::function<void()> tell = loss_matters_ ? on_loss_ : nullptr;
    lock.unlock();
    lost.reset();
    wake_waiters();
    if (tell) {
        tell();
    }
}

void Session::wake_waiters() noexcept {
    const std::lock_guard lock{mutex_};
    for (Waiter* const each : all_waiters_) {
        each->wake(false);
    }
}

} // namespace crex::detail::postgres
