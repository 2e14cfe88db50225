// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "message_queue/backend.hpp"
#include "message_queue/notifier.hpp"
#include "message_queue/robust/core.hpp"

namespace crex::detail {

// A handle on a robust queue. Its calls are in send.cpp, receive.cpp, claims.cpp and
// notification.cpp. queue_memory.hpp says what a queue consists of.
class RobustQueue final : public Queue, public QueueExtras {
public:
    // The handle has no entry among the participants yet: see join(). It uses only the options that
    // are for a handle.
    RobustQueue(std::string name, robust::Segment segment, const MessageQueueOptions& options)
        : core_{std::move(name), std::move(segment), options}, notifier_{core_.segment.fd(),
                                                                         core_.segment.id()} {}
    ~RobustQueue() override;

    // Opens the queue named call.object, with an entry in it. Returns null when there is none.
    // Waits until the deadline for a process that is removing it.
    static std::unique_ptr<RobustQueue> open(const Call& call, const MessageQueueOptions& options,
                                             const Deadline& deadline);

    // Makes an empty queue of a new segment, which is all zeros.
    void begin();
    void join(const Call& call) { core_.join(call); }
    [[nodiscard]] const robust::Segment& segment() const { return core_.segment; }

    bool send_at_once(std::span<const std::byte> message, unsigned priority) override;
    bool receive_at_once(std::span<std::byte> buffer, ReceivedMessage& received) override;
    bool send(const Call& call, std::span<const std::byte> message, unsigned priority,
              const Deadline& deadline) override;
    std::optional<ReceivedMessage> receive(const Call& call, std::span<std::byte> buffer,
                                           const Deadline& deadline) override;
    std::size_t send_many(const Call& call, std::span<const std::span<const std::byte>> messages,
                          unsigned priority, const Deadline& deadline) override;
    std::size_t receive_many(const Call& call, std::span<std::byte> buffer,
                             std::span<ReceivedMessage> received,
                             const Deadline& deadline) override;

    [[nodiscard]] std::size_t max_messages() const override { return core_.memory.capacity(); }
    [[nodiscard]] std::size_t max_message_size() const override { return core_.memory.max_size(); }
    [[nodiscard]] std::size_t current_messages() const override {
        return robust::current_messages(core_.memory);
    }
    [[nodiscard]] ObjectId id() const override { return core_.segment.id(); }
    [[nodiscard]] bool is_linked(const std::string& name) const override {
        return core_.segment.is_linked(name);
    }
    [[nodiscard]] QueueExtras* extras() noexcept override { return this; }

    [[nodiscard]] int ready_fd(const Call& call) override;
    [[nodiscard]] int silent_fd(const Call& call) override;
    bool make_pollable(const Call& call, const Deadline& deadline) override;
    void notify(const Call& call, Notification notification, SecondRequest second) override;
    void cancel_notification() noexcept override { notifier_.cancel(); }
    void end_notification() noexcept override { notifier_.end(); }

    [[nodiscard]] const std::string& name() const noexcept override { return core_.name; }
    std::optional<SlotClaim> loan(const Call& call, std::size_t size,
                                  const Deadline& deadline) override;
    void commit(const char* function, const SlotClaim& loan, std::size_t size,
                unsigned priority) override;
    void drop(const SlotClaim& loan) noexcept override;
    std::optional<SlotClaim> lease(const Call& call, const Deadline& deadline) override;
    void acknowledge(const char* function, const SlotClaim& lease) override;
    void nack(const char* function, const SlotClaim& lease, Tried tried) override;

    std::optional<Message> peek(const Call& call) override;
    [[nodiscard]] MessageQueueStats stats() const override;
    void shut_down(const Call& call) override;
    [[nodiscard]] bool is_shut_down() const override;
    void repair(const Call& call) override;
    void interrupt_waits() noexcept override;

private:
    class FifoProbe;
    bool open_poll_fifo(const Call& call, const robust::WaitOptions& wait_options, bool polls);

    robust::RobustQueueCore core_;
    Notifier notifier_; // last: its thread uses the core
};

} // namespace crex::detail
