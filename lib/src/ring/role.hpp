// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "platform/byte_lock.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"
#include "robust/layout.hpp"

// A role that one handle at a time has on an object: a ring's producer, or its consumer.
//
// Each role has an entry of the table to itself. Its holder holds the lock on that entry's byte,
// through a file description of its own (see participant.hpp). Only the lock decides: the kernel
// grants it to one handle, and takes it back when the process dies. What the entry says is for
// people to read, and for a process that locks for itself.
//
// A forked child does not have its parent's roles.

namespace crex::detail::robust {

class Role {
public:
    // Null, with errno set, when the role cannot be taken: EBUSY while another handle has it. `fd`
    // is the object's file, and must stay open until the role is gone. A process that may not open
    // the file once more locks it through `fd`, for the process.
    static std::unique_ptr<Role> take(int fd, ParticipantEntry* table, std::uint32_t entry);

    // Gives it up, if this process has it.
    ~Role();
    Role(const Role&) = delete;
    Role& operator=(const Role&) = delete;

    // Whether this process has the role: false after a fork, however made.
    [[nodiscard]] bool is_held() const noexcept {
        return epoch_ == epoch_now_.load(std::memory_order_relaxed);
    }

    // Whether any handle has the role. `fd` must not be the description of a role.
    static bool is_taken(int fd, std::uint32_t entry);

    // The id of the process that has the role; 0 if unknown, or in another namespace.
    static int holder(const ParticipantEntry& record);

    // Whether any role of this process is locked for the process.
    static bool any_for_process() noexcept;

    void in_forked_child() noexcept;

private:
    Role(ParticipantEntry* table, std::uint32_t entry);
    ByteLock lock(int fd);
    [[nodiscard]] bool is_this_process_s() const;
    void claim_entry();
    void let_go() const noexcept;

    UniqueFd fd_;     // its own description, or
    int shared_ = -1; // the object's
    ParticipantEntry& record_;
    std::uint64_t liveness_byte_;
    const std::atomic<std::uint64_t>& epoch_now_;
    std::uint64_t epoch_ = no_epoch; // of the process that has it
    AtForkChild watch_{*this};

    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};
};

} // namespace crex::detail::robust
