// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <crex/error.hpp>
#include <crex/message_queue.hpp>
#include <crex/semaphore.hpp>
#include <crex/timeout.hpp>

// crex in an event loop of Boost.Asio, for programs that already use Asio. Header-only:
// the library itself does not need Boost.Asio, and crex/crex.hpp does not include this file.
//
//     crex::AsyncMessageQueue inbox{context, queue};
//     auto [body, priority] = co_await inbox.async_receive(boost::asio::use_awaitable);
//
// Operations take any completion token: a callback, use_future, use_awaitable. One that fails has
// done nothing, and ends with
//
//     boost::asio::error::timed_out           when its timeout passes first
//     boost::asio::error::operation_aborted   after cancel(), or when the object is destroyed
//     the errno of a crex::Error              in boost::system::generic_category()
//
// Any number of operations may be under way at once. As with Asio's own objects, two threads must
// not use one object at the same time. The queue or semaphore must outlive the object. A stop token
// in a timeout is ignored: use cancel().
//
// Fork: a forked child must make the object anew, on a context of its own, or on the inherited one
// after its notify_fork(). It must not use the parent's object.

namespace crex {

namespace detail {

namespace asio = boost::asio;

// Waits until a descriptor is ready, then tries; waits again if another process was faster.
class AsyncAttempts {
public:
    AsyncAttempts(const asio::any_io_executor& executor, int ready_fd, bool tells_room)
        : shared_{std::make_shared<Shared>(executor, ready_fd, tells_room)} {}
    ~AsyncAttempts() { cancel(); }
    AsyncAttempts(AsyncAttempts&&) noexcept = default;
    AsyncAttempts& operator=(AsyncAttempts&&) noexcept = default;
    AsyncAttempts(const AsyncAttempts&) = delete;
    AsyncAttempts& operator=(const AsyncAttempts&) = delete;

    void cancel() noexcept {
        if (shared_) {
            ++shared_->cancellations;
            shared_->wake_all();
        }
    }

    // `attempt` returns nothing when it has to wait for `event`; otherwise the results of the
    // operation.
    template <class... Results, class Attempt, class Token>
    auto start(asio::posix::stream_descriptor::wait_type event, Timeout timeout, Attempt attempt,
               Token&& token) {
        return asio::async_compose<Token, void(boost::system::error_code, Results...)>(
            Operation<Attempt, Results...>{shared_, event, timeout, std::move(attempt)}, token,
            shared_->descriptor);
    }

private:
    struct Shared {
        Shared(const asio::any_io_executor& executor, int ready_fd, bool room)
            : descriptor{executor, duplicate(ready_fd)}, tells_room{room} {}

        void wake_all() noexcept {
            boost::system::error_code ignored;
            descriptor.cancel(ignored);
        }

        // A copy, because Asio closes its descriptor.
        static int duplicate(int fd) {
            const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
            if (copy < 0) {
                throw boost::system::system_error{errno, boost::system::generic_category()};
            }
            return copy;
        }

        asio::posix::stream_descriptor descriptor;
        bool tells_room; // false if it tells only of messages
        unsigned cancellations = 0;
    };

    template <class Attempt, class... Results> class Operation {
    public:
        Operation(std::shared_ptr<Shared> shared, asio::posix::stream_descriptor::wait_type event,
                  Timeout timeout, Attempt attempt)
            : shared_{std::move(shared)}, event_{event}, attempt_{std::move(attempt)},
              cancellations_{shared_->cancellations}, timer_{std::make_unique<asio::steady_timer>(
                                                          shared_->descriptor.get_executor())} {
            if (!timeout.is_forever()) {
                set_timer(timeout.limit());
            }
        }

        template <class Self> void operator()(Self& self, boost::system::error_code = {}) {
            if (!std::exchange(begun_, true)) { // never completes inside the call that started it
                asio::post(shared_->descriptor.get_executor(), std::move(self));
                return;
            }
            try {
                if (shared_->cancellations != cancellations_) {
                    complete(self, asio::error::operation_aborted);
                } else if (auto results = attempt_()) {
                    std::apply([&](auto&&... each) { complete(self, {}, std::move(each)...); },
                               *std::move(results));
                } else if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) {
                    complete(self, asio::error::timed_out);
                } else {
                    wait(self);
                }
            } catch (const crex::Error& error) {
                complete(self, {error.code().value(), boost::system::generic_category()});
            }
        }

    private:
        void set_timer(std::chrono::nanoseconds limit) {
            const auto now = std::chrono::steady_clock::now();
            if (limit < std::chrono::steady_clock::time_point::max() - now) {
                deadline_ = now + limit;
            }
        }

        // Operations that wait for the same event are woken along with this one, and wait again.
        template <class Self> void wait(Self& self) {
            constexpr std::chrono::milliseconds period{50};
            const bool told =
                event_ == asio::posix::stream_descriptor::wait_read || shared_->tells_room;
            if (!told) {
                const auto next = std::chrono::steady_clock::now() + period;
                timer_->expires_at(deadline_ ? std::min(next, *deadline_) : next);
                timer_->async_wait(std::move(self));
                return;
            }
            if (deadline_) {
                timer_->expires_at(*deadline_);
                timer_->async_wait(
                    [weak = std::weak_ptr{shared_}](boost::system::error_code error) {
                        if (const auto shared = weak.lock(); shared && !error) {
                            shared->wake_all();
                        }
                    });
            }
            auto shared = shared_;
            shared->descriptor.async_wait(event_, std::move(self));
        }

        // Releases the timer first, but not `shared_`, to which the operation belongs.
        template <class Self, class... Values>
        void complete(Self& self, boost::system::error_code error, Values&&... values) {
            timer_.reset();
            if constexpr (sizeof...(Values) == sizeof...(Results)) {
                self.complete(error, std::forward<Values>(values)...);
            } else {
                self.complete(error, Results{}...);
            }
        }

        std::shared_ptr<Shared> shared_;
        asio::posix::stream_descriptor::wait_type event_;
        Attempt attempt_;
        unsigned cancellations_;
        std::optional<std::chrono::steady_clock::time_point> deadline_;
        std::unique_ptr<asio::steady_timer> timer_;
        bool begun_ = false;
    };

    std::shared_ptr<Shared> shared_;
};

} // namespace detail

/// A message queue whose operations do not block but complete later, on an Asio executor.
class AsyncMessageQueue {
public:
    /// Throws as MessageQueue::ready_fd() does.
    AsyncMessageQueue(const boost::asio::any_io_executor& executor, MessageQueue& queue)
        : queue_{&queue}, attempts_{executor, queue.ready_fd(), tells_room(queue.backend())} {}

    /// On the executor of a context, such as an io_context.
    template <class Context>
    AsyncMessageQueue(Context& context, MessageQueue& queue)
        : AsyncMessageQueue{boost::asio::any_io_executor{context.get_executor()}, queue} {}

    /// Takes the next message: void(error_code, Message).
    template <class Token> auto async_receive(Token&& token) {
        return async_receive(Timeout{}, std::forward<Token>(token));
    }
    template <class Token> auto async_receive(Timeout timeout, Token&& token) {
        const auto attempt = [queue = queue_]() -> std::optional<std::tuple<Message>> {
            auto message = queue->try_receive();
            return message ? std::optional{std::tuple{*std::move(message)}} : std::nullopt;
        };
        return attempts_.start<Message>(boost::asio::posix::stream_descriptor::wait_read, timeout,
                                        attempt, std::forward<Token>(token));
    }

    /// Appends a message: void(error_code). On the boost backend, and at a server, looks for room
    /// every 50 ms.
    template <class Token>
    auto async_send(std::string body, unsigned priority, Timeout timeout, Token&& token) {
        auto attempt = [queue = queue_, body = std::move(body),
                        priority]() -> std::optional<std::tuple<>> {
            return queue->try_send(body, priority) ? std::optional{std::tuple{}} : std::nullopt;
        };
        return attempts_.start<>(boost::asio::posix::stream_descriptor::wait_write, timeout,
                                 std::move(attempt), std::forward<Token>(token));
    }
    template <class Token> auto async_send(std::string body, unsigned priority, Token&& token) {
        return async_send(std::move(body), priority, Timeout{}, std::forward<Token>(token));
    }
    template <class Token> auto async_send(std::string body, Token&& token) {
        return async_send(std::move(body), 0, Timeout{}, std::forward<Token>(token));
    }

    /// Ends all operations that are under way.
    void cancel() noexcept { attempts_.cancel(); }

private:
    // Whether the descriptor does.
    static bool tells_room(Backend backend) {
        return backend == Backend::robust || backend == Backend::posix;
    }

    MessageQueue* queue_;
    detail::AsyncAttempts attempts_;
};

/// A semaphore whose acquire does not block but completes later, on an Asio executor: within 50 ms
/// after a permit is free, see Semaphore::ready_fd().
class AsyncSemaphore {
public:
    /// Throws as Semaphore::ready_fd() does.
    AsyncSemaphore(const boost::asio::any_io_executor& executor, Semaphore& semaphore)
        : semaphore_{&semaphore}, attempts_{executor, semaphore.ready_fd(), false} {}

    /// On the executor of a context, such as an io_context.
    template <class Context>
    AsyncSemaphore(Context& context, Semaphore& semaphore)
        : AsyncSemaphore{boost::asio::any_io_executor{context.get_executor()}, semaphore} {}

    /// Takes a permit: void(error_code).
    template <class Token> auto async_acquire(Token&& token) {
        return async_acquire(Timeout{}, std::forward<Token>(token));
    }
    template <class Token> auto async_acquire(Timeout timeout, Token&& token) {
        const auto attempt = [semaphore = semaphore_]() -> std::optional<std::tuple<>> {
            return semaphore->try_acquire() ? std::optional{std::tuple{}} : std::nullopt;
        };
        return attempts_.start<>(boost::asio::posix::stream_descriptor::wait_read, timeout, attempt,
                                 std::forward<Token>(token));
    }

    /// Ends all operations that are under way.
    void cancel() noexcept { attempts_.cancel(); }

private:
    Semaphore* semaphore_;
    detail::AsyncAttempts attempts_;
};

} // namespace crex
