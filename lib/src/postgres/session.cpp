// SPDX-License-Identifier: BSL-1.0
#include "postgres/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

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
constexpr std::size_t sent_at_once = 1'000; // calls under way

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
      wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}, end_{eventfd(0, EFD_CLOEXEC)} {
    if (wake_.get() < 0 || end_.get() < 0) {
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
        database_ = static_cast<std::uint64_t>(hello.integer(1));
        connection_.emplace(std::move(connection));
        const std::lock_guard lock{mutex_};
        alive_at_ = began;
        number_ = number;
        return;
    }
}

void Session::run() {
    auto pause = std::chrono::milliseconds{first_pause};
    while (connection_ || !is_ending_) {
        if (connection_) {
            serve();
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
    lose("the server object is being destroyed");
}

void Session::wait_to_reconnect(std::chrono::milliseconds time) {
    pollfd end{end_.get(), POLLIN, 0};
    poll(&end, 1, static_cast<int>(time.count()));
}

// Sends, reads and answers once.
void Session::serve() {
    send_pending();
    const auto flushed = connection_->flush();
    if (flushed == Connection::Flushed::failed) {
        lose(connection_->error());
        return;
    }
    if (is_ending_) {
        const std::lock_guard lock{mutex_};
        if (in_flight_.empty() && pending_.empty()) {
            number_ = 0;
            socket_ = -1;
            connection_.reset();
            return;
        }
    }
    const short events = flushed == Connection::Flushed::not_yet ? POLLIN | POLLOUT : POLLIN;
    std::array<pollfd, 2> sources{{{connection_->socket(), events, 0}, {wake_.get(), POLLIN, 0}}};
    poll(sources.data(), sources.size(),
         is_at_stake() ? static_cast<int>(patience_.count() / 30) : -1);
    if ((sources[1].revents & POLLIN) != 0) {
        eventfd_t count = 0;
        eventfd_read(wake_.get(), &count);
    }
    // Reads before it judges: a process that was stopped finds the answers that came
    // while it was.
    const bool is_open = connection_->read();
    take_answers();
    take_notifications();
    if (!is_open) {
        lose(connection_->error());
    } else if (is_silent()) {
        lose("the server has not answered for two thirds of `patience`");
    } else {
        beat();
    }
}

// One synced commit follows the calls that are sent together. They end when that is answered.
void Session::send_pending() {
    const std::lock_guard lock{mutex_};
    bool needs_sync = false;
    const auto now = Clock::now();
    const auto send = [&](const RequestPointer& request) {
        request->sent = now;
        in_flight_.push_back(request);
        return connection_->send(*request->statement, request->arguments);
    };
    while (!pending_.empty() && in_flight_.size() < sent_at_once) {
        const RequestPointer request = pending_.front();
        pending_.pop_front();
        if (request->session != number_) {
            finish(request, Answer{Fate::not_begun});
            continue;
        }
        needs_sync = needs_sync || request->statement->durability != Durability::none;
        if (!send(request)) {
            return; // the next flush fails, too
        }
    }
    if (needs_sync) {
        auto sync = std::make_shared<Request>();
        sync->statement = &statements::sync;
        sync->session = number_;
        (void)send(sync);
    }
}

void Session::take_answers() {
    const std::lock_guard lock{mutex_};
    Answer answer;
    while (!in_flight_.empty() && connection_->next(answer)) {
        const RequestPointer request = in_flight_.front();
        in_flight_.pop_front();
        alive_at_ = request->sent;
        if (answer.is_error() || !request->statement->must_be_synced(answer)) {
            for (const auto& waiting : request->synced) {
                finish(waiting, answer.is_error() ? Answer{answer.sqlstate(), answer.error()}
                                                  : std::move(waiting->answer));
            }
            finish(request, std::move(answer));
            continue;
        }
        request->answer = std::move(answer);
        const auto sync = std::find_if(in_flight_.begin(), in_flight_.end(), [](const auto& each) {
            return each->statement == &statements::sync;
        });
        if (sync == in_flight_.end()) { // the connection was lost while it was to be sent
            finish(request, Answer{Fate::unknown, connection_->error()});
        } else {
            (*sync)->synced.push_back(request);
        }
    }
}

void Session::take_notifications() {
    std::string text; // "HANDLE DIRECTION", unless it is from a stranger
    const std::lock_guard lock{mutex_};
    while (connection_->next_notification(text)) {
        std::uint64_t handle = 0;
        std::from_chars(text.data(), text.data() + text.size(), handle);
        const Registration::Key key{handle, text.empty() ? Direction{} : Direction{text.back()}};
        const auto [begin, end] = waiters_.equal_range(key);
        std::for_each(begin, end, [](const auto& each) { each.second->wake(true); });
    }
}

// With the mutex locked.
void Session::finish(const RequestPointer& request, Answer answer) {
    if (request->then) {
        request->then(answer);
    }
    request->answer = std::move(answer);
    request->is_done = true;
    request->done.notify_all();
}

void Session::lose(const std::string& why) {
    std::function<void()> tell;
    {
        const std::lock_guard lock{mutex_};
        last_error_ = why;
        number_ = 0;
        socket_ = -1;
        for (const auto& request : std::exchange(in_flight_, {})) {
            for (const auto& waiting : request->synced) {
                finish(waiting, Answer{Fate::unknown, why});
            }
            finish(request, Answer{Fate::unknown, why});
        }
        for (const auto& request : std::exchange(pending_, {})) {
            finish(request, Answer{Fate::not_begun, why});
        }
        if (connection_ && held_ > 0) {
            tell = on_loss_;
        }
    }
    connection_.reset();
    wake_waiters();
    if (tell) {
        tell();
    }
}

// Whether it matters that the server does not answer.
bool Session::is_at_stake() const {
    const std::lock_guard lock{mutex_};
    return held_ > 0 || !in_flight_.empty() || is_ending_;
}

// The server counts the patience from when it has heard of this process last, which is after
// alive_at_. It is over here first, provided that a call was under way: if this process was
// stopped, the server may have heard of it all the time.
bool Session::is_silent() const {
    const std::lock_guard lock{mutex_};
    if (in_flight_.empty()) {
        return false;
    }
    const auto now = Clock::now();
    const auto waited = now - in_flight_.front()->sent;
    return waited > patience_ * 2 / 3 ||
           (held_ > 0 && waited > patience_ / 4 && now - alive_at_ > patience_ * 2 / 3);
}

void Session::beat() {
    bool is_time = false;
    {
        const std::lock_guard lock{mutex_};
        is_time = held_ > 0 && in_flight_.empty() && Clock::now() - alive_at_ > patience_ / 3;
    }
    if (is_time) {
        post(statements::heartbeat, Arguments{}, number_);
    }
}

void Session::wake_thread() noexcept {
    const CancellationHeld held;
    eventfd_write(wake_.get(), 1);
}

void Session::wake_waiters() noexcept {
    const std::lock_guard lock{mutex_};
    for (Waiter* const each : all_waiters_) {
        each->wake(false);
    }
}

} // namespace crex::detail::postgres
