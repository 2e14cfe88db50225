// SPDX-License-Identifier: BSL-1.0
#include <crex/postgres.hpp>

#include <crex/inventory.hpp>

#include "platform/cancellation.hpp"
#include "postgres/asking.hpp"
#include "postgres/inspection.hpp"
#include "postgres/queue.hpp"
#include "postgres/semaphore.hpp"
#include "postgres/session.hpp"

namespace crex {

using detail::Call;
using detail::postgres::Answer;
using detail::postgres::Arguments;
using detail::postgres::Parameters;
using detail::postgres::PostgresQueue;
using detail::postgres::PostgresSemaphore;
using detail::postgres::Session;
using detail::postgres::Statement;
namespace statements = detail::postgres::statements;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience_min = 1s;
constexpr std::chrono::milliseconds patience_max = 10min;

std::chrono::milliseconds checked(const Call& call, std::chrono::milliseconds patience) {
    if (patience < patience_min || patience > patience_max) {
        detail::throw_invalid(call, "patience is 1 s to 10 min");
    }
    return patience;
}

void unlink(Session& session, const Call& call, const Statement& statement) {
    const Answer answer = ask(
        session, call, statement, [&](std::uint64_t) { return Arguments{call.object}; }, false);
    if (!answer.flag(0)) {
        detail::throw_errno(call, ENOENT, "there is none of that name");
    }
}

std::optional<ObjectInfo> inspect(Session& session, const Call& call, const Statement& statement) {
    const Answer answer =
        ask(session, call, statement, [&](std::uint64_t) { return Arguments{call.object}; });
    if (answer.rows() == 0) {
        return std::nullopt;
    }
    ObjectInfo info;
    info.id = {session.database(), static_cast<std::uint64_t>(answer.integer(0))};
    info.owner = static_cast<unsigned>(answer.integer(1));
    info.mode = static_cast<unsigned>(answer.integer(2));
    info.created = std::chrono::system_clock::time_point{std::chrono::seconds{answer.integer(3)}};
    return info;
}

} // namespace

struct PostgresServer::Impl {
    Impl(const Call& call, const std::string& parameters, const PostgresOptions& options)
        : session{std::make_unique<Session>(call, Parameters{call, parameters},
                                            checked(call, options.patience))} {}
    // The session is not a forked child's, which must leave it as it is.
    ~Impl() {
        if (session->is_inherited()) {
            (void)session.release();
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::unique_ptr<Session> session;
};

// The error messages do not show the parameters.
PostgresServer::PostgresServer(std::string_view parameters, const PostgresOptions& options)
    : impl_{[&] {
          const detail::CancellationHeld held;
          return std::make_unique<Impl>(Call{"PostgresServer", "", false}, std::string{parameters},
                                        options);
      }()} {}

PostgresServer::~PostgresServer() = default;

bool PostgresServer::connected() const noexcept {
    return !impl_->session->is_inherited() && impl_->session->number() != 0;
}

void PostgresServer::on_loss(std::function<void()> function) {
    impl_->session->check_process({"PostgresServer::on_loss", "", false});
    impl_->session->on_loss(std::move(function));
}

std::string PostgresServer::description() const { return impl_->session->description(); }

std::vector<PostgresObject> PostgresServer::list_objects() const {
    return detail::postgres::list_objects(*impl_->session);
}

std::vector<PostgresUser> PostgresServer::list_users(std::string_view name) const {
    return detail::postgres::list_users(*impl_->session, name);
}

PostgresHealth PostgresServer::health() const {
    return detail::postgres::inspect_health(*impl_->session);
}

std::unique_ptr<detail::Queue> PostgresServer::open_queue(const Call& call,
                                                          const MessageQueueOptions& options) {
    return PostgresQueue::open(*impl_->session, call, options);
}

std::unique_ptr<detail::Queue> PostgresServer::create_queue(const Call& call,
                                                            const MessageQueueOptions& options) {
    return PostgresQueue::create(*impl_->session, call, options);
}

void PostgresServer::unlink_queue(const Call& call) {
    unlink(*impl_->session, call, statements::queue_unlink);
}

std::optional<ObjectInfo> PostgresServer::inspect_queue(const Call& call) {
    return inspect(*impl_->session, call, statements::queue_inspect);
}

std::unique_ptr<detail::RemoteSemaphore>
PostgresServer::open_semaphore(const Call& call, const RobustSemaphoreOptions& options) {
    return PostgresSemaphore::open(*impl_->session, call, options);
}

std::unique_ptr<detail::RemoteSemaphore>
PostgresServer::create_semaphore(const Call& call, const RobustSemaphoreOptions& options) {
    return PostgresSemaphore::create(*impl_->session, call, options);
}

void PostgresServer::unlink_semaphore(const Call& call) {
    unlink(*impl_->session, call, statements::semaphore_unlink);
}

std::optional<ObjectInfo> PostgresServer::inspect_semaphore(const Call& call) {
    return inspect(*impl_->session, call, statements::semaphore_inspect);
}

} // namespace crex
