// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "message_queue/backend.hpp"
#include "postgres/handle.hpp"
#include "postgres/readiness.hpp"

namespace crex::detail::postgres {

// A handle on a queue in a database. Sending and receiving are in transfer.cpp, leases in
// leases.cpp.
class PostgresQueue final : public Queue, public QueueExtras {
public:
    // With what queue_open() and queue_create() return.
    PostgresQueue(Session& session, std::string name, const MessageQueueOptions& options,
                  const Answer& opened, Place place);

    static std::unique_ptr<Queue> open(Session& session, const Call& call,
                                       const MessageQueueOptions& options);
    static std::unique_ptr<Queue> create(Session& session, const Call& call,
                                         const MessageQueueOptions& options);

    bool send(const Call& call, std::span<const std::byte> body, unsigned priority,
              const Deadline& deadline) override;
    std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                           const Deadline& deadline) override;
    std::size_t send_many(const Call& call, std::span<const std::span<const std::byte>> bodies,
                          unsigned priority, const Deadline& deadline) override;
    [[nodiscard]] bool sends_all_at_once() const override { return true; }
    std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                             std::span<ReceivedMessage> received,
                             const Deadline& deadline) override;

    [[nodiscard]] std::size_t max_messages() const override { return max_messages_; }
    [[nodiscard]] std::size_t max_message_size() const override { return max_message_size_; }
    [[nodiscard]] std::size_t current_messages() const override;
    [[nodiscard]] ObjectId id() const override { return handle_.id(); }
    [[nodiscard]] bool is_linked(const std::string& name) const override;
    [[nodiscard]] int ready_fd(const Call& call) override { return readiness_.fd(call); }
    [[nodiscard]] QueueExtras* extras() noexcept override { return this; }

    void notify(const Call& call, Notification notification, SecondRequest second) override;
    void cancel_notification() noexcept override { session_.notifications().cancel(handle_); }
    void end_notification() noexcept override { session_.notifications().end(handle_); }

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }

    std::optional<SlotClaim> loan(const Call& call, std::size_t size,
                                  const Deadline& deadline) override;
    void commit(const char* function, const SlotClaim& loan, std::size_t size,
                unsigned priority) override;
    void drop(const SlotClaim&) noexcept override {}

    std::optional<SlotClaim> lease(const Call& call, const Deadline& deadline) override;
    void acknowledge(const char* function, const SlotClaim& lease) override;
    void nack(const char* function, const SlotClaim& lease, Tried tried) override;
    [[nodiscard]] std::uint64_t token(const SlotClaim& lease) const noexcept override {
        return lease.control;
    }

    std::optional<Message> peek(const Call& call) override;
    [[nodiscard]] MessageQueueStats stats() const override;
    void shut_down(const Call& call) override;
    [[nodiscard]] bool is_shut_down() const override;
    void repair(const Call& call) override;
    [[nodiscard]] int silent_fd(const Call& call) override { return readiness_.fd(call); }
    bool make_pollable(const Call& call, const Deadline& deadline) override;
    void interrupt_waits() noexcept override { handle_.interrupt_waits(); }

private:
    // A message that this handle leases. SlotClaim::slot is its number here.
    struct Lease {
        Answer answer; // with its bytes
        Place place;

        [[nodiscard]] std::int64_t message() const { return answer.integer(0); }
        [[nodiscard]] std::int64_t token() const { return answer.integer(3); }
    };
    class Leases {
    public:
        explicit Leases(Session& session) : session_{session} {}
        SlotClaim add(Answer answer, Place place);
        Lease take(std::uint32_t slot);

    private:
        Session& session_;
        std::mutex mutex_;
        std::map<std::uint32_t, Lease> leases_;
        std::uint32_t last_ = 0;
    };

    std::size_t send_some(const Call& call, std::span<const std::span<const std::byte>> bodies,
                          unsigned priority, const Deadline& deadline);
    std::optional<Answer> take(const Call& call, std::size_t at_most, const Deadline& deadline);
    [[nodiscard]] Answer ask_stats(const char* function) const;
    Lease still_held(const Call& call, const SlotClaim& lease);
    [[nodiscard]] bool was_acknowledged(const Call& call, const Lease& lease);

    Session& session_;
    std::string name_;
    std::size_t max_messages_;
    std::size_t max_message_size_;
    mutable Handle handle_;
    Readiness readiness_;
    Leases leases_;
};

} // namespace crex::detail::postgres
