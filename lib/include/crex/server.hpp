// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <crex/export.hpp>

// Objects beyond one machine: message queues and robust semaphores that a server keeps, for
// processes on any machine. `.at` of their options takes a pointer to a server; null is this
// machine. Everything else of a program stays as it is:
//
//     crex::PostgresServer server{"service=jobs"};    // crex/postgres.hpp, target crex::postgres
//     crex::MessageQueue jobs{"/jobs", crex::o_creat, {.at = &server}};
//     crex::RobustSemaphore turn{"/turn", crex::o_creat, {.at = &server}};
//
// A Server is the connection of this process to one server, which all handles share. It must exist
// longer than each handle that was opened with it.
//
// Threads: any number of threads may use it at once.
//
// Fork: the connection stays with the parent. In a forked child, each call of an inherited handle
// throws Error (ENOTSUP), except close() and the destructors, which do nothing. The child can make
// a Server of its own.

namespace crex {

struct MessageQueueOptions;
struct RobustSemaphoreOptions;
struct ObjectInfo;

namespace detail {
struct Call;
class Queue;
class RemoteSemaphore;
class QueuesAt;
class SemaphoresAt;
} // namespace detail

/// Keeps queues and semaphores that processes on several machines use.
class CREX_EXPORT Server {
public:
    virtual ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Whether there is a connection now. Calls wait for one as their timeout allows.
    [[nodiscard]] virtual bool connected() const noexcept = 0;

    /// Calls `function` each time the connection is lost while this process has leases or permits:
    /// they are lost, too. It runs in a thread of the server and must not call any handle. Empty
    /// for none, as at first.
    virtual void on_loss(std::function<void()> function) = 0;

    /// Returns what error messages and listings call it. Contains no secret.
    [[nodiscard]] virtual std::string description() const = 0;

protected:
    Server();

private:
    friend class detail::QueuesAt;
    friend class detail::SemaphoresAt;

    // The name is call.object. Opening returns null when there is no such object, creating when
    // the name is taken.
    virtual std::unique_ptr<detail::Queue> open_queue(const detail::Call& call,
                                                      const MessageQueueOptions& options) = 0;
    virtual std::unique_ptr<detail::Queue> create_queue(const detail::Call& call,
                                                        const MessageQueueOptions& options) = 0;
    virtual void unlink_queue(const detail::Call& call) = 0;
    virtual std::optional<ObjectInfo> inspect_queue(const detail::Call& call) = 0;

    virtual std::unique_ptr<detail::RemoteSemaphore>
    open_semaphore(const detail::Call& call, const RobustSemaphoreOptions& options) = 0;
    virtual std::unique_ptr<detail::RemoteSemaphore>
    create_semaphore(const detail::Call& call, const RobustSemaphoreOptions& options) = 0;
    virtual void unlink_semaphore(const detail::Call& call) = 0;
    virtual std::optional<ObjectInfo> inspect_semaphore(const detail::Call& call) = 0;
};

} // namespace crex
