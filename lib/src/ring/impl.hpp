// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include <crex/ring.hpp>

#include "common/arguments.hpp"
#include "common/errors.hpp"
#include "platform/deadline.hpp"
#include "platform/fence.hpp"
#include "platform/mirror.hpp"
#include "platform/sleep_monitor.hpp"
#include "ring/head_start.hpp"
#include "ring/ring_ends.hpp"
#include "ring/ring_memory.hpp"
#include "ring/role.hpp"
#include "robust/adaptive_spin.hpp"
#include "robust/link_watch.hpp"

// The implementation of a Ring and its roles.

namespace crex {

using detail::Call;

namespace detail {

// An open ring, shared by a handle and the roles taken through it.
struct RingCore {
    RingCore(std::string its_name, robust::Segment its_segment, Mirror its_data,
             const RingOptions& options)
        : name{std::move(its_name)}, segment{std::move(its_segment)}, data{std::move(its_data)},
          memory{segment, data}, spin{options.spin}, link_watch{segment, robust::ring_kind, name,
                                                                options.while_linked} {}

    ~RingCore() {
        if (robust::Role::any_for_process()) {
            segment.leave_open();
        }
    }
    RingCore(const RingCore&) = delete;
    RingCore& operator=(const RingCore&) = delete;

    [[nodiscard]] robust::ParticipantEntry* table() const {
        return segment.at<robust::ParticipantEntry>(robust::participants_offset);
    }

    std::string name;
    robust::Segment segment;
    Mirror data;
    robust::RingMemory memory;
    unsigned spin;
    robust::LinkWatch link_watch;
    MonitorUse monitor;
};

// The entries of the table that are reserved for the roles.
inline constexpr std::uint32_t producer_entry = 0;
inline constexpr std::uint32_t consumer_entry = 1;

// Out of line, so that the usual path of a call is short.
[[noreturn]] void throw_damaged(const Call& call);
[[noreturn]] void throw_unusable(const Call& call);

// Runs `body`, which reads shared memory. Throws CorruptError if that makes no sense.
template <class Body> inline decltype(auto) trusting_nothing(const Call& call, Body&& body) {
    try {
        return body();
    } catch (const robust::RingDamage&) {
        throw_damaged(call);
    }
}

// One role in use. It is closed when it is destroyed.
class RingEnd {
public:
    RingEnd(std::shared_ptr<RingCore> core, std::unique_ptr<robust::Role> role, unsigned pauses)
        : name_{core->name}, core_{std::move(core)}, role_{std::move(role)}, head_start_{pauses} {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const RingCore& core() const { return *core_; }
    [[nodiscard]] robust::RingBody& body() const { return core_->memory.body(); }
    [[nodiscard]] bool is_usable() const { return role_ && role_->is_held(); }
    void leave() noexcept {
        role_.reset();
        core_.reset();
    }

    // Waits until `ready()`, which the other end announces by `event`. Before it sleeps, it looks
    // until `amount()`, of what there is to do, is worth it: 0, 1, or more than 1. While it sleeps,
    // another thread asks whether it `has_reason()` to wake up. False when the deadline passed
    // first.
    template <class Amount, class Ready, class HasReason>
    bool wait(const Call& call, const Deadline& deadline, robust::EventCount& event, Amount amount,
              Ready ready, const HasReason& has_reason) {
        const auto is_worth_it = [&] {
            const std::size_t found = amount();
            head_start_.found(found);
            return found != 0;
        };
        const auto pauses = [this](unsigned look) { return head_start_.pauses_before(look); };
        if (core_->spin == spin_forever) {
            return spin_until(call, deadline, is_worth_it, ready, pauses);
        }
        return spin_.look(deadline, core_->spin, is_worth_it, pauses,
                          robust::AdaptiveSpin::no_progress, [&] { throw_errno(call, EINTR); }) ||
               ready() || sleep(call, deadline, event, ready, has_reason);
    }

private:
    // Looks for 45 ms at a time. In between it checks whether the memory makes sense, which ready()
    // does, and whether the ring has its name, if it must keep that.
    template <class IsWorthIt, class Ready, class Pauses>
    bool spin_until(const Call& call, const Deadline& deadline, IsWorthIt is_worth_it, Ready ready,
                    Pauses pauses) {
        for (;;) {
            const Deadline soon =
                deadline.within(std::chrono::nanoseconds{0}, short_recheck_period);
            if (robust::AdaptiveSpin::spin(soon, core_->spin, is_worth_it, pauses) || ready()) {
                return true;
            }
            if (deadline.passed()) {
                return false;
            }
            core_->link_watch.check(call);
        }
    }

    template <class Ready, class HasReason>
    bool sleep(const Call& call, const Deadline& deadline, robust::EventCount& event, Ready ready,
               const HasReason& has_reason);

    std::string name_;
    std::shared_ptr<RingCore> core_; // both null once closed
    std::unique_ptr<robust::Role> role_;
    robust::AdaptiveSpin spin_;
    robust::HeadStart head_start_;
};

// Lowers the flag after a sleep: only one thread sleeps there. If it is killed asleep, the flag
// stays raised, and the other end sends one wake-up in vain.
class SleepingAlone {
public:
    explicit SleepingAlone(robust::EventCount& event) : event_{event} {}
    ~SleepingAlone() { event_.sleepers.store(0, std::memory_order_relaxed); }
    SleepingAlone(const SleepingAlone&) = delete;
    SleepingAlone& operator=(const SleepingAlone&) = delete;

private:
    robust::EventCount& event_;
};

template <class Ready, class HasReason>
bool RingEnd::sleep(const Call& call, const Deadline& deadline, robust::EventCount& event,
                    Ready ready, const HasReason& has_reason) {
    const SleepingAlone alone{event};
    robust::LinkWatch& link_watch = core_->link_watch;
    const auto check = [&] {
        if (has_reason() || link_watch.sees_name_gone()) {
            return Finding::reason;
        }
        // A consumer that makes little room sends no wake-up; a producer that lives always does.
        return &event == &core_->memory.body().not_full ? Finding::at_stake
                                                        : Finding::nothing_at_stake;
    };
    robust::Waiting waiting{event, core_->monitor, deadline, Question{check}};
    for (;;) {
        if (ready()) {
            return true;
        }
        if (deadline.passed()) {
            return false;
        }
        link_watch.check(call);
        if (waiting.sleep() == Slept::interrupted) {
            throw_errno(call, EINTR);
        }
        waiting.announce();
    }
}

} // namespace detail

// Throws unless the role is usable.
template <class Impl>
inline Impl& used_by(const char* function, const std::unique_ptr<Impl>& impl) {
    if (!impl || !impl->is_usable()) [[unlikely]] {
        detail::throw_unusable({function, impl ? impl->name() : detail::no_name()});
    }
    return *impl;
}

struct CREX_HIDDEN RingProducer::Impl final : detail::RingEnd {
    Impl(std::shared_ptr<detail::RingCore> its_core, std::unique_ptr<detail::robust::Role> its_role)
        : RingEnd{std::move(its_core), std::move(its_role), 16}, writer{core().memory} {}

    std::byte* reserve(const Call& call, std::size_t size, const Timeout& timeout);
    [[gnu::noinline]] std::byte* wait_for_room(const Call& call, std::size_t size,
                                               const Timeout& timeout);
    bool send(const Call& call, std::span<const std::byte> record, const Timeout& timeout);
    bool send_at_once(std::span<const std::byte> record) noexcept;
    void commit();
    void copy_and_commit(std::span<const std::byte> record, std::byte* room);
    void refuse_after_shutdown(const Call& call) const;
    [[noreturn, gnu::noinline]] void throw_too_long(const Call& call, std::size_t size) const;

    detail::robust::RingWriter writer;
};

struct CREX_HIDDEN RingConsumer::Impl final : detail::RingEnd {
    Impl(std::shared_ptr<detail::RingCore> its_core, std::unique_ptr<detail::robust::Role> its_role)
        : RingEnd{std::move(its_core), std::move(its_role), 1}, reader{core().memory} {}

    std::size_t peek(const Call& call, std::span<Record> records, const Timeout& timeout);
    [[gnu::noinline]] std::size_t wait_for_record(const Call& call, std::span<Record> records,
                                                  const Timeout& timeout);
    std::optional<Record> next(const Call& call, const Timeout& timeout);
    std::optional<std::size_t> receive(const Call& call, std::span<std::byte> buffer,
                                       const Timeout& timeout);
    std::optional<std::string> receive(const Call& call, const Timeout& timeout);
    bool receive_at_once(std::span<std::byte> buffer, std::size_t& size) noexcept;
    void consume(const Call& call, std::size_t count);
    void wake_producer_if_asleep();
    [[gnu::noinline]] void wake_producer();
    bool glance();

    detail::robust::RingReader reader;
    unsigned glances = 0;
};

} // namespace crex
