// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "postgres/handle.hpp"
#include "postgres/readiness.hpp"
#include "robust_semaphore/remote.hpp"

namespace crex::detail::postgres {

// A handle on a semaphore in a database.
class PostgresSemaphore final : public RemoteSemaphore {
public:
    // With what semaphore_open() and semaphore_create() return.
    PostgresSemaphore(Session& session, std::string name, const Answer& opened, Place place);
    ~PostgresSemaphore() override;

    static std::unique_ptr<RemoteSemaphore> open(Session& session, const Call& call,
                                                 const RobustSemaphoreOptions& options);
    static std::unique_ptr<RemoteSemaphore> create(Session& session, const Call& call,
                                                   const RobustSemaphoreOptions& options);

    bool acquire(const Call& call, const Deadline& deadline, Signals signals) override;
    void release(const Call& call, std::uint32_t count) override;
    [[nodiscard]] bool previous_holder_died() const override;
    [[nodiscard]] std::uint64_t token(const Call& call) const override;
    [[nodiscard]] std::uint32_t value(const Call& call) override;
    [[nodiscard]] std::uint32_t held(const Call& call) override;
    [[nodiscard]] std::vector<PermitHolder> holders(const Call& call) override;
    [[nodiscard]] int ready_fd(const Call& call) override { return readiness_.fd(call); }
    [[nodiscard]] ObjectId id() const override { return handle_.id(); }
    [[nodiscard]] bool is_linked() const override;
    void interrupt_waits() noexcept override { handle_.interrupt_waits(); }

private:
    // What this handle holds. It belongs to one session: when the connection is lost, so is it.
    struct Permits {
        std::uint64_t session = 0;
        std::uint32_t count = 0;
        std::uint64_t token = 0; // of the last one
        bool is_from_dead = false;
    };
    void got_one(const Answer& answer, std::uint64_t session);
    void forget(std::uint32_t count);
    [[nodiscard]] bool are_lost() const;
    [[noreturn]] void throw_lost(const Call& call) const;
    [[nodiscard]] Answer ask_value(const Call& call);

    Session& session_;
    std::string name_;
    mutable Handle handle_;
    Readiness readiness_;
    mutable std::mutex mutex_;
    Permits permits_;
};

} // namespace crex::detail::postgres
